"""Claims: statements about a subject, which are answered by match, mismatch or unknown.

A claim compares one field of the records that meet all of its conditions. Without an aggregate, it matches if at least
one of these records does; with NE, if none of them has the value. COUNT, SUM and MONTHS (distinct months, optionally of
the last n) first reduce the records to one number.

Each claim is judged separately, so two claims may match by two different records. To state several things about one
record, use conditions of one claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from registry.shapes import STRICT_SHAPE


class Operator(StrEnum):
    """The comparison of a field with the claim's values."""

    EQ = "EQ"
    NE = "NE"
    LT = "LT"
    LE = "LE"
    GT = "GT"
    GE = "GE"
    IN = "IN"
    EXISTS = "EXISTS"


class Aggregate(StrEnum):
    """The reduction of several records to one value."""

    ANY = "ANY"
    COUNT = "COUNT"
    SUM = "SUM"
    MONTHS = "MONTHS"


@dataclass(frozen=True, slots=True)
class Condition:
    """Limits a claim to records whose field meets it; NE is met by records with another value."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = STRICT_SHAPE

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about a subject; ``last_months`` limits MONTHS to a period up to the current month."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = STRICT_SHAPE

    field: str
    operator: Operator
    values: tuple[str, ...] = ()
    aggregate: Aggregate = Aggregate.ANY
    where: tuple[Condition, ...] = ()
    last_months: int = 0


def fields_of(claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """Return every field that the claims use, conditions included, sorted."""
    names = {claim.field for claim in claims}
    return tuple(sorted(names.union(item.field for claim in claims for item in claim.where)))
