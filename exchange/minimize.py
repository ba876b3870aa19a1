"""Minimize: no more than needed leaves the node. Claims become match, mismatch or unknown; values become masked.

Texts are compared without regard to width, spaces, and which of the many middle dots a department types.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from adapters.source import Record
from registry.catalogue import Dataset, Field, FieldType, Mask
from registry.china import CHINA
from registry.claims import Aggregate, Claim, Condition, Operator


class Outcome(StrEnum):
    """What came of a claim."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


_DOTS = dict.fromkeys(map(ord, "‧•・∙⋅᛫●‐"), "·") | dict.fromkeys(map(ord, " \u3000\t"), None)
_COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: lambda found, said: found == said,
    Operator.NE: lambda found, said: found != said,
    Operator.LT: lambda found, said: found < said,
    Operator.LE: lambda found, said: found <= said,
    Operator.GT: lambda found, said: found > said,
    Operator.GE: lambda found, said: found >= said,
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
    if claim.where:
        records = [record for record in records if _meets(record, claim.where, dataset)]
    values = [record[claim.field] for record in records if claim.field in record]
    field = dataset.field(claim.field)
    kind = field.type if field else FieldType.TEXT
    match claim.aggregate:
        case Aggregate.COUNT:
            return _compared(claim, FieldType.DECIMAL, [str(len(values))])
        case Aggregate.SUM:
            return _compared(claim, FieldType.DECIMAL, [str(sum(map(Decimal, values), Decimal(0)))])
        case Aggregate.MONTHS:
            return _compared(claim, FieldType.DECIMAL, [str(len(_months(values, claim.last_months)))])
        case Aggregate.ANY:
            return _compared(claim, kind, values)


def _compared(claim: Claim | Condition, kind: FieldType, values: Sequence[str]) -> Outcome:
    if claim.operator is Operator.EXISTS:
        return Outcome.MATCH if values else Outcome.MISMATCH
    if not values:
        return Outcome.UNKNOWN
    read = _READERS.get(kind, str)
    said = [read(value) for value in claim.values]
    if claim.operator is Operator.IN:
        holds = any(read(value) in said for value in values)
    elif claim.operator is Operator.NE:  # of several records, none may be equal
        holds = all(read(value) != said[0] for value in values)
    else:
        compare = _COMPARISONS[claim.operator]
        holds = any(compare(read(value), said[0]) for value in values)
    return Outcome.MATCH if holds else Outcome.MISMATCH


def _meets(record: Record, conditions: Sequence[Condition], dataset: Dataset) -> bool:
    for condition in conditions:
        field: Field | None = dataset.field(condition.field)
        value = record.get(condition.field)
        values = [] if value is None else [value]
        if _compared(condition, field.type if field else FieldType.TEXT, values) is not Outcome.MATCH:
            return False
    return True


def _months(values: Sequence[str], last: int) -> set[str]:
    months = {value[:7] for value in values}
    if not last:
        return months
    today = datetime.now(CHINA)
    newest = today.year * 12 + today.month - 1
    return {month for month in months if newest - last < int(month[:4]) * 12 + int(month[5:]) - 1 <= newest}


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
