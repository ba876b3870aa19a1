"""Comparing: values are read by their field's type, texts by ``registry.names``, and held against a claim's."""

import operator
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from registry.catalogue import FieldType
from registry.china import CHINA
from registry.claims import Claim, Condition, Operator
from registry.names import normal, rules_applied

Holds = Callable[[str], bool]
"""Whether one value is as a claim says."""

COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
}


READERS: dict[FieldType, Callable[[str], Any]] = {
    FieldType.TEXT: normal,
    FieldType.INTEGER: int,
    FieldType.DECIMAL: Decimal,
}
"""How a value of a type is read; values of other types are compared as they are written."""


def holds_for(claim: Claim | Condition, values: Sequence[str], kind: FieldType) -> Holds:
    """The test of one value by a claim's operator and values."""
    read = READERS.get(kind, str)
    said = [read(value) for value in values]
    if claim.operator is Operator.EXISTS:
        return lambda _: True
    if claim.operator is Operator.IN:
        known = frozenset(said)
        return lambda value: read(value) in known
    compare = COMPARISONS[claim.operator]
    return lambda value: compare(read(value), said[0])


def equal_after(said: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """The fewest rules by which one of the texts found is one that was said; none if it is written the same."""
    if any(value in said for value in found):
        return ()
    return min(filter(None, (rules_applied(one, other) for one in said for other in found)), key=len, default=())


def months_within(values: Sequence[str], last: int) -> set[str]:
    """The different months of dates or months; with ``last``, only the present month and those before it."""
    months = {value[:7] for value in values}
    if not last:
        return months
    today = datetime.now(CHINA)
    oldest = today.year * 12 + today.month - last  # months since the year 0
    first, newest = f"{oldest // 12:04}-{oldest % 12 + 1:02}", f"{today:%Y-%m}"
    return {month for month in months if first <= month <= newest}
