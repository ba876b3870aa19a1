"""Checks a department's store against its description: what does not fit, where, and how often; never a value."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from adapters.description import Description, Mapper
from adapters.errors import RecordError, SourceError
from adapters.reach import count_keys
from adapters.sampling import Sample, Sampled
from adapters.schema import key_columns
from adapters.source import Source
from adapters.spelling import KeyColumn, canonical
from adapters.text_codecs import is_mojibake
from registry.catalogue import FieldType
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind

_EXAMPLES = 5
_NO_QUESTION = "no question can reach these keys"
_CODE = re.compile(r"[A-Za-z0-9_-]{1,4}")
"""A code that may be shown; what a wrong column holds must not be."""
_DAMAGE = re.compile("\N{REPLACEMENT CHARACTER}|[\ue000-\uf8ff]")
_WITHOUT_HAN = frozenset({"SQL_ASCII", "latin1", "ascii", "unknown"})
"""Encodings in which a store knows nothing of Chinese characters."""


class Problem(StrEnum):
    """What kind of thing is wrong."""

    DESCRIPTION = "description"
    CONNECTION = "connection"
    SCHEMA = "schema"
    VALUE = "value"
    CODE = "code"
    KEY = "key"
    ENCODING = "encoding"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where in the description, the rule, how many rows, and the first of them."""

    problem: Problem
    where: str
    detail: str = ""
    count: int = 0
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking one dataset. ``rows`` is None where rows cannot be read without a key."""

    dataset: str
    findings: Sequence[Finding]
    rows: int | None = None
    encoding: str = ""
    as_of: datetime | None = None


async def check_source(description: Description, source: Source, count: int) -> Checked:
    """Connect, compare table and columns, and read up to ``count`` rows."""
    dataset = description.catalogue.id
    try:
        if not isinstance(source, Sampled):
            health = await source.health()
            findings = [] if health.ready else [Finding(Problem.CONNECTION, "connection", health.detail)]
            return Checked(dataset, findings, as_of=health.as_of)
        sample = await source.sample(count)
        missing = [_schema(item) for item in sample.missing]
        keys = [] if missing else await _unreachable(description, source, sample)
    except (SourceError, OSError) as error:
        return Checked(dataset, [Finding(Problem.CONNECTION, "connection", str(error))])
    found = missing or [*_encodings(sample), *keys, *_values(description, sample)]
    return Checked(dataset, found, len(sample.rows), sample.encoding, sample.as_of)


async def _unreachable(description: Description, source: Source, sample: Sample) -> list[Finding]:
    """Keys that no question could reach: of the whole store, unless its index has them in another form."""
    counted = await count_keys(source) if sample.as_written else None
    if counted is None:
        return _keys(description, sample)
    if not counted.unreachable:
        return []
    where = f"keys.{next(iter(description.keys)).value}" if len(description.keys) == 1 else "keys"
    return [Finding(Problem.KEY, where, _NO_QUESTION, counted.unreachable, counted.examples[:_EXAMPLES])]


def _schema(missing: str) -> Finding:
    where, _, detail = missing.partition(": ")
    return Finding(Problem.SCHEMA, where, detail)


def _encodings(sample: Sample) -> list[Finding]:
    found = []
    if _WITHOUT_HAN.intersection(sample.encoding.split(", ")):
        found.append(Finding(Problem.ENCODING, "table", f"the store keeps no Chinese as such: {sample.encoding}"))
    wrong = [at for at, row in sample.rows if any(isinstance(cell, str) and is_mojibake(cell) for cell in row.values())]
    if wrong:
        found.append(_counted(Problem.ENCODING, "table", "texts that were stored in another encoding", wrong))
    return found


def _keys(description: Description, sample: Sample) -> list[Finding]:
    """Keys of the rows read that no question could reach."""
    columns = key_columns(description)
    kinds: dict[str, list[SubjectKind]] = {}
    for kind, name in columns.items():
        kinds.setdefault(name, []).append(kind)
    bad: dict[SubjectKind, list[int]] = {kind: [] for kind in columns}
    for at, row in sample.rows:
        given = {kind: row[name] for kind, name in columns.items() if len(columns) == 1 or row[name] not in (None, "")}
        for kind, cell in given.items() or columns.items():
            if not _is_key(description.keys[kind], kinds[columns[kind]], cell):
                bad[kind].append(at)
    return [_counted(Problem.KEY, f"keys.{kind.value}", _NO_QUESTION, rows) for kind, rows in bad.items() if rows]


def _is_key(key: KeyColumn, kinds: Sequence[SubjectKind], cell: Any) -> bool:
    return all(_canonical(kinds, item) for item in key.written(cell))


def _canonical(kinds: Sequence[SubjectKind], written: Any) -> str:
    try:
        return canonical(kinds, written)[1]
    except (IdentifierError, TypeError, ValueError):
        return ""


def _values(description: Description, sample: Sample) -> list[Finding]:
    found = []
    for item in description.catalogue.fields:
        mapper, column = Mapper(description, [item.name]), description.fields[item.name].column
        bad, unreadable = [], []
        for at, row in sample.rows:
            cell = row[column]
            try:
                record = mapper.record([cell])
            except RecordError:
                bad.append((at, cell))
            else:
                if _is_unreadable(record, item.name, cell):
                    unreadable.append(at)
        where = f"fields.{item.name}"
        if bad and item.type is FieldType.CODE:
            codes = Counter(text for _, cell in bad if _CODE.fullmatch(text := str(cell)))
            shown = ", ".join(sorted(codes)[:_EXAMPLES]) or "not shown"
            found.append(_counted(Problem.CODE, where, f"unknown codes: {shown}", [at for at, _ in bad]))
        elif bad:
            rule = f"not of the field's type ({item.type.value})"
            found.append(_counted(Problem.VALUE, where, rule, [at for at, _ in bad]))
        if unreadable:
            rule = "characters that the store could not hold"
            found.append(_counted(Problem.UNREADABLE, where, rule, unreadable))
    return found


def _is_unreadable(record: Mapping[str, str | None], name: str, cell: Any) -> bool:
    return (name in record and record[name] is None) or (isinstance(cell, str) and _DAMAGE.search(cell) is not None)


def _counted(problem: Problem, where: str, detail: str, rows: Sequence[int]) -> Finding:
    return Finding(problem, where, detail, len(rows), tuple(rows[:_EXAMPLES]))
