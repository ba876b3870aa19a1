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
    return [_judge(claim, records, dataset) for claim in claims]


def mask_records(
    records: Sequence[Record], fields: Sequence[str], clear: frozenset[str], dataset: Dataset
) -> list[dict[str, str]]:
    """The fields of each record, masked but for those that are granted in clear."""
    masks = {name: _mask_of(dataset, name) for name in fields if name not in clear}
    return [
        {name: _masked(record[name], masks.get(name, Mask.NONE)) for name in fields if name in record}
        for record in records
    ]


def _judge(claim: Claim, records: Sequence[Record], dataset: Dataset) -> Outcome:
    for condition in claim.where:
        name, holds = condition.field, _test(condition, _type_of(dataset, condition.field))
        records = [record for record in records if name in record and holds(record[name])]
    values = [record[claim.field] for record in records if claim.field in record]
    match claim.aggregate:
        case Aggregate.COUNT:
            return _compared(claim, FieldType.DECIMAL, [str(len(values))])
        case Aggregate.SUM:
            return _compared(claim, FieldType.DECIMAL, [str(sum(map(Decimal, values), Decimal(0)))])
        case Aggregate.MONTHS:
            return _compared(claim, FieldType.DECIMAL, [str(len(_months(values, claim.last_months)))])
        case Aggregate.ANY:
            return _compared(claim, _type_of(dataset, claim.field), values)


def _type_of(dataset: Dataset, name: str) -> FieldType:
    field = dataset.field(name)
    return field.type if field else FieldType.TEXT


def _compared(claim: Claim, kind: FieldType, values: Sequence[str]) -> Outcome:
    if claim.operator is Operator.EXISTS:
        return Outcome.MATCH if values else Outcome.MISMATCH
    if not values:
        return Outcome.UNKNOWN
    enough = all if claim.operator is Operator.NE else any  # of several records, none may be equal
    return Outcome.MATCH if enough(map(_test(claim, kind), values)) else Outcome.MISMATCH


def _test(claim: Claim | Condition, kind: FieldType) -> Callable[[str], bool]:
    """Whether one value is as the claim says."""
    read = _READERS.get(kind, str)
    said = [read(value) for value in claim.values]
    if claim.operator is Operator.EXISTS:
        return lambda _: True
    if claim.operator is Operator.IN:
        return lambda value: read(value) in said
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
