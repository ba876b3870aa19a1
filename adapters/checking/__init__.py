"""Checks of a department's store against its description."""

from adapters.checking.findings import Checked, Finding, Problem
from adapters.checking.keys import found_reasons, sampled_keys, unreachable_keys
from adapters.checking.values import drop_rows, encodings, values
from adapters.description import Description
from adapters.errors import SourceError
from adapters.reach import count_keys
from adapters.sampling import Sampled
from adapters.source import Source

__all__ = ["Checked", "Finding", "Problem", "check_source"]


async def check_source(description: Description, source: Source, count: int) -> Checked:
    """Compare a store's table, columns and up to ``count`` rows with the description."""
    dataset = description.catalogue.id
    try:
        if not isinstance(source, Sampled):
            health = await source.health()
            findings = [] if health.ready else [Finding(Problem.CONNECTION, "connection", health.detail)]
            return Checked(dataset, findings, as_of=health.as_of)
        sample = await source.sample(count)
        if sample.missing:
            missing = [_schema(item) for item in sample.missing]
            return Checked(dataset, missing, len(sample.rows), sample.encoding, sample.as_of)
        counted = await count_keys(source) if sample.as_written else None
        reasons = await found_reasons(description, source, sample) if counted and counted.unreachable else ""
    except (SourceError, OSError) as error:
        return Checked(dataset, [Finding(Problem.CONNECTION, "connection", str(error))])
    keys = sampled_keys(description, sample) if counted is None else unreachable_keys(description, counted, reasons)
    found = [*drop_rows(description, sample), *encodings(sample), *keys, *values(description, sample)]
    return Checked(dataset, found, len(sample.rows), sample.encoding, sample.as_of, counted)


def _schema(missing: str) -> Finding:
    where, _, detail = missing.partition(": ")
    return Finding(Problem.SCHEMA, where, detail)
