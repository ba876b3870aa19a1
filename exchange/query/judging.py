"""Evaluation of claims against a subject's records, in three-valued logic.

A claim is a match or mismatch only if it is so for every possible value of what is unknown. Two things may be unknown:

- a value, if the store has lost its characters (None in a record);
- a record, if the source is ``incomplete``: one more record of the subject may exist.

So a record with an unknown value in a condition counts as possible, a count is a range, and a sum is known only if all
of its values are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf
from typing import NamedTuple

from adapters.source import Record
from exchange.query.comparing import COMPARISONS, READERS, Holds, equal_after, holds_for, months_within
from registry.catalogue import Dataset, FieldType
from registry.claims import Aggregate, Claim, Condition, Operator
from registry.outcomes import MATCH, MISMATCH, UNKNOWN, Finding, Unknown

Reduction = Callable[[Holds, Sequence[str]], bool]
"""Returns whether a claim is true of values, none of which is unknown."""


class Test(NamedTuple):
    """Tests a claim about a subject by ``(records, values)``; ``values`` are for claims without values.

    ``clear`` is for complete and readable records. ``doubtful`` is for any records; its third argument is the reason
    why one more record of the subject may exist, empty if there is none.
    """

    clear: Callable[[Sequence[Record], tuple[str, ...]], Finding]
    doubtful: Callable[[Sequence[Record], tuple[str, ...], str], Finding]


@dataclass(slots=True)
class _FieldValues:
    """A claim's field values: those that count, that possibly count, and the number of unknown ones."""

    sure: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    hidden: int = 0
    """The number of unreadable values that count."""
    perhaps_hidden: int = 0
    """The number of unreadable values that possibly count."""

    @property
    def is_certain(self) -> bool:
        """Whether every value that counts is known."""
        return not (self.perhaps or self.hidden or self.perhaps_hidden)


def judge(claims: Sequence[Claim], records: Sequence[Record], dataset: Dataset) -> list[Finding]:
    """Return a finding for each claim about one subject, given all of its records."""
    return [test.doubtful(records, (), "") for test in prepare(claims, dataset)]


def prepare(claims: Sequence[Claim], dataset: Dataset) -> list[Test]:
    """Prepare claims for tests against the records of many subjects."""
    return [_prepared(claim, dataset) for claim in claims]


def all_readable(records: Sequence[Record]) -> bool:
    """Return whether every value of a subject's records is readable."""
    for record in records:  # noqa: SIM110  # half the time of ``all``, for every subject of a chunk
        if None in record.values():
            return False
    return True


def _prepared(claim: Claim, dataset: Dataset) -> Test:
    conditions = [(item.field, holds_for(item, item.values, _type_of(dataset, item.field))) for item in claim.where]
    aggregated = claim.aggregate is not Aggregate.ANY
    kind = FieldType.DECIMAL if aggregated else _type_of(dataset, claim.field)
    own = holds_for(claim, claim.values, kind) if claim.values else None
    reduce, name = _reduction(claim), claim.field
    equal = {Operator.EQ: MATCH, Operator.IN: MATCH, Operator.NE: MISMATCH}.get(claim.operator)
    if kind is not FieldType.TEXT:
        equal = None
    textual = [item for item in claim.where if _type_of(dataset, item.field) is FieldType.TEXT]
    of_nothing = aggregated or claim.operator is Operator.EXISTS  # have an answer without values

    def clear(records: Sequence[Record], values: tuple[str, ...]) -> Finding:
        matching = records
        for condition, fits in conditions:
            matching = [record for record in matching if condition in record and fits(record[condition])]  # type: ignore[arg-type]  # readable
        found: list[str] = [record[name] for record in matching if name in record]  # type: ignore[misc]  # readable
        if found or of_nothing:
            finding = MATCH if reduce(own or holds_for(claim, values, kind), found) else MISMATCH
            said = claim.values or values
            if not textual and (finding is not equal or found[0] in said):
                return finding
            return _explained(finding, name, equal_after(said, found if finding is equal else ()), textual, records)
        return UNKNOWN[Unknown.NO_VALUE if records else Unknown.NO_RECORD]

    def doubtful(records: Sequence[Record], values: tuple[str, ...], incomplete: str) -> Finding:
        if not incomplete and all_readable(records):
            return clear(records, values)
        seen, holds = _field_values(claim, conditions, records), own or holds_for(claim, values, kind)
        finding = _doubtful(claim, holds, reduce, claim.values or values, seen, incomplete)
        said = claim.values or values
        return _explained(finding, name, equal_after(said, seen.sure if finding is equal else ()), textual, records)

    return Test(clear, doubtful)


def _explained(
    finding: Finding, claim: str, own: Sequence[str], where: Sequence[Condition], records: Sequence[Record]
) -> Finding:
    """Return a finding with the rules by which texts were equal, in values and in conditions, by field.

    ``own`` are the rules of the claim's own field.
    """
    if finding.reason:
        return finding
    rules = {claim: dict.fromkeys(own)} if own else {}
    for item in where:
        for record in records:
            if (value := record.get(item.field)) and (found := equal_after(item.values, [value])):
                rules.setdefault(item.field, {}).update(dict.fromkeys(found))
    if not rules:
        return finding
    return Finding(finding.outcome, equal_after={name: tuple(found) for name, found in rules.items()})


def _reduction(claim: Claim) -> Reduction:
    if claim.operator is Operator.EXISTS:
        return lambda _, found: bool(found)
    match claim.aggregate:
        case Aggregate.COUNT:
            return lambda holds, found: holds(str(len(found)))
        case Aggregate.MONTHS:
            return lambda holds, found: holds(str(len(months_within(found, claim.last_months))))
        case Aggregate.SUM:
            return lambda holds, found: holds(str(sum(map(Decimal, found), Decimal(0))))
        case Aggregate.ANY if claim.operator is Operator.NE:
            return lambda holds, found: all(map(holds, found))  # none of several records may have the value
        case Aggregate.ANY:
            return lambda holds, found: any(map(holds, found))


def _field_values(claim: Claim, conditions: Sequence[tuple[str, Holds]], records: Sequence[Record]) -> _FieldValues:
    seen = _FieldValues()
    for record in records:
        if claim.field not in record:
            continue
        value, sure = record[claim.field], True
        for name, fits in conditions:
            condition = record.get(name, "")
            if name not in record or (condition is not None and not fits(condition)):
                break
            sure = sure and condition is not None
        else:
            if value is None:
                seen.hidden, seen.perhaps_hidden = seen.hidden + sure, seen.perhaps_hidden + (not sure)
            else:
                (seen.sure if sure else seen.perhaps).append(value)
    return seen


def _doubtful(
    claim: Claim, holds: Holds, reduce: Reduction, values: Sequence[str], seen: _FieldValues, incomplete: str
) -> Finding:
    """Return what is certain although values or records are unknown."""
    if claim.aggregate is Aggregate.ANY:
        settled = _settled_any(claim, holds, seen)
    elif claim.aggregate is Aggregate.SUM:
        settled = None if incomplete or not seen.is_certain else reduce(holds, seen.sure)
    else:
        settled = _settled_count(claim, values, seen, more=bool(incomplete))
    if settled is not None:
        return MATCH if settled else MISMATCH
    if not seen.is_certain:
        return UNKNOWN[Unknown.VALUE_UNREADABLE]
    if incomplete:
        return UNKNOWN[Unknown(incomplete)]
    if seen.sure or claim.operator is Operator.EXISTS:
        return MATCH if reduce(holds, seen.sure) else MISMATCH
    return UNKNOWN[Unknown.NO_VALUE]


def _settled_any(claim: Claim, holds: Holds, seen: _FieldValues) -> bool | None:
    """Return the result if one value decides it; None if others are needed."""
    if claim.operator is Operator.EXISTS:
        return True if seen.sure or seen.hidden else None
    if claim.operator is Operator.NE:
        return None if all(map(holds, seen.sure)) else False
    return True if any(map(holds, seen.sure)) else None


def _settled_count(claim: Claim, values: Sequence[str], seen: _FieldValues, *, more: bool) -> bool | None:
    """Return the result if every possible number gives the same one; else None."""
    hidden = seen.hidden + seen.perhaps_hidden + len(seen.perhaps)
    if claim.aggregate is Aggregate.MONTHS:
        low = len(months_within(seen.sure, claim.last_months))
        high: float = inf if more else low + hidden
    else:
        low = len(seen.sure) + seen.hidden
        high = inf if more else low + seen.perhaps_hidden + len(seen.perhaps)
    said = [READERS[FieldType.DECIMAL](value) for value in values]
    if claim.operator in (Operator.EQ, Operator.IN, Operator.NE):
        equal = None if low != high and any(low <= item <= high for item in said) else low in said
        return equal if equal is None or claim.operator is not Operator.NE else not equal
    compare = COMPARISONS[claim.operator]
    at_least, at_most = compare(low, said[0]), compare(high, said[0])
    return at_least if at_least == at_most else None


def _type_of(dataset: Dataset, name: str) -> FieldType:
    found = dataset.field(name)
    return found.type if found else FieldType.TEXT
