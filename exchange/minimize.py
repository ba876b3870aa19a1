"""Minimize: no more than needed leaves the node. Claims become match, mismatch or unknown; values become masked.

Texts are compared without regard to width, spaces, and which of the many middle dots a department types.
"""

import operator
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from adapters.source import Record
from registry.catalogue import Dataset, FieldType, Mask
from registry.china import CHINA
from registry.claims import Aggregate, Claim, Condition, Operator


class Outcome(StrEnum):
    """What came of a claim."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


_DOTS = dict.fromkeys(map(ord, "‧•・∙⋅᛫●‐"), "·") | dict.fromkeys(map(ord, " \u3000\t"), None)
_COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
}


def normal(text: str) -> str:
    """A text as it is compared: NFKC, no spaces, one kind of middle dot, upper case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_DOTS).upper()


def judge(claims: Sequence[Claim], records: Sequence[Record], dataset: Dataset) -> list[Outcome]:
    """One outcome for each claim about one subject."""
    return [test(records) for test in prepare(claims, dataset)]


Test = Callable[..., Outcome]
"""What comes of a claim by a subject's records; a second argument stands in the place of the claim's own values."""


def prepare(claims: Sequence[Claim], dataset: Dataset) -> list[Test]:
    """The claims, made ready to be tested against the records of many subjects."""
    return [_prepared(claim, dataset) for claim in claims]


def mask_records(
    records: Sequence[Record], fields: Sequence[str], clear: frozenset[str], dataset: Dataset
) -> list[dict[str, str]]:
    """The fields of each record, masked but for those that are granted in clear."""
    masks = {name: _mask_of(dataset, name) for name in fields if name not in clear}
    return [
        {name: _masked(record[name], masks.get(name, Mask.NONE)) for name in fields if name in record}
        for record in records
    ]


def _prepared(claim: Claim, dataset: Dataset) -> Test:
    conditions = [(item.field, _test(item, item.values, _type_of(dataset, item.field))) for item in claim.where]
    aggregated = claim.aggregate is not Aggregate.ANY
    kind = FieldType.DECIMAL if aggregated else _type_of(dataset, claim.field)
    own = _test(claim, claim.values, kind) if claim.values else None

    def outcome(records: Sequence[Record], values: tuple[str, ...] = ()) -> Outcome:
        for name, fits in conditions:
            records = [record for record in records if name in record and fits(record[name])]
        found = [record[claim.field] for record in records if claim.field in record]
        if claim.operator is Operator.EXISTS:
            return Outcome.MATCH if found else Outcome.MISMATCH
        if aggregated:
            found = [_aggregate(claim, found)]
        if not found:
            return Outcome.UNKNOWN
        holds = own or _test(claim, values, kind)
        enough = all if claim.operator is Operator.NE else any  # of several records, none may be equal
        return Outcome.MATCH if enough(map(holds, found)) else Outcome.MISMATCH

    return outcome


def _aggregate(claim: Claim, values: Sequence[str]) -> str:
    match claim.aggregate:
        case Aggregate.SUM:
            return str(sum(map(Decimal, values), Decimal(0)))
        case Aggregate.MONTHS:
            return str(len(_months(values, claim.last_months)))
        case _:
            return str(len(values))


def _type_of(dataset: Dataset, name: str) -> FieldType:
    field = dataset.field(name)
    return field.type if field else FieldType.TEXT


def _test(claim: Claim | Condition, values: Sequence[str], kind: FieldType) -> Callable[[str], bool]:
    """Whether one value is as the claim says."""
    read = _READERS.get(kind, str)
    said = [read(value) for value in values]
    if claim.operator is Operator.EXISTS:
        return lambda _: True
    if claim.operator is Operator.IN:
        known = frozenset(said)
        return lambda value: read(value) in known
    compare = _COMPARISONS[claim.operator]
    return lambda value: compare(read(value), said[0])


def _months(values: Sequence[str], last: int) -> set[str]:
    months = {value[:7] for value in values}
    if not last:
        return months
    today = datetime.now(CHINA)
    oldest = today.year * 12 + today.month - last  # months since the year 0
    first, newest = f"{oldest // 12:04}-{oldest % 12 + 1:02}", f"{today:%Y-%m}"
    return {month for month in months if first <= month <= newest}


_READERS: dict[FieldType, Callable[[str], Any]] = {
    FieldType.TEXT: normal,
    FieldType.INTEGER: int,
    FieldType.DECIMAL: Decimal,
}


def _mask_of(dataset: Dataset, name: str) -> Mask:
    field = dataset.field(name)
    return field.mask if field else Mask.HIDDEN


def _masked(value: str, mask: Mask) -> str:
    match mask:
        case Mask.NONE:
            return value
        case Mask.NAME:
            return value[:1] + "*" * max(len(value) - 1, 1)
        case Mask.TAIL:
            return "****" + value[-4:] if len(value) > 4 else "****"  # noqa: PLR2004  # the last four
        case Mask.YEAR:
            return value[:4] + "-**-**"
        case Mask.HIDDEN:
            return "***"
