"""Claims: what a requester says about a subject, to be answered match, mismatch or unknown.

A claim compares one field, over the records that meet all of its conditions. Without an aggregate it matches if at
least one such record does; NE, if none of them has the value. COUNT, SUM and MONTHS (different months, optionally the
last n) reduce the records to one number first.

Each claim is judged on its own, so two claims may match by two different records: what must be so of one and the same
record goes into the conditions of one claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from registry.shapes import STRICT_SHAPE


class Operator(StrEnum):
    """How a field is compared with the claim's values."""

    EQ = "EQ"
    NE = "NE"
    LT = "LT"
    LE = "LE"
    GT = "GT"
    GE = "GE"
    IN = "IN"
    EXISTS = "EXISTS"


class Aggregate(StrEnum):
    """How several records become one value."""

    ANY = "ANY"
    COUNT = "COUNT"
    SUM = "SUM"
    MONTHS = "MONTHS"


@dataclass(frozen=True, slots=True)
class Condition:
    """Which records a claim is about: those whose field is so. NE holds for a record whose value differs."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = STRICT_SHAPE

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement about a subject. ``last_months`` limits MONTHS to a window that ends with the present month."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = STRICT_SHAPE

    field: str
    operator: Operator
    values: tuple[str, ...] = ()
    aggregate: Aggregate = Aggregate.ANY
    where: tuple[Condition, ...] = ()
    last_months: int = 0


def fields_of(claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """Every field that the claims look at, conditions included, sorted."""
    names = {claim.field for claim in claims}
    return tuple(sorted(names.union(item.field for claim in claims for item in claim.where)))
