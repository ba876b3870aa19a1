"""Comparison of values with claims: by field type, and by ``registry.names`` for texts."""

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
"""Returns whether one value satisfies a claim."""

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
"""The conversion of values by type; values of other types are compared as text."""


def holds_for(claim: Claim | Condition, values: Sequence[str], kind: FieldType) -> Holds:
    """Return the test of one value by a claim's operator and values."""
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
    """Return the fewest rules by which a found text equals a stated one; empty if they are identical."""
    if any(value in said for value in found):
        return ()
    return min(filter(None, (rules_applied(one, other) for one in said for other in found)), key=len, default=())


def months_within(values: Sequence[str], last: int) -> set[str]:
    """Return the distinct months of dates or months; ``last`` limits them to the last months up to now."""
    months = {value[:7] for value in values}
    if not last:
        return months
    today = datetime.now(CHINA)
    oldest = today.year * 12 + today.month - last  # in months since the year 0
    first, newest = f"{oldest // 12:04}-{oldest % 12 + 1:02}", f"{today:%Y-%m}"
    return {month for month in months if first <= month <= newest}
