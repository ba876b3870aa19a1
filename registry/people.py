"""People on record: who administers, approves, audits, operates and requests for an agency."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict

from registry.agencies import Duty
from registry.faults import Faults
from registry.identifiers import parse_uscc
from registry.parsing import STRICT, Id, Uscc, words
from registry.transitions import Transitions

APART = frozenset({Duty.ADMINISTER, Duty.AUDIT, Duty.OPERATE})
"""Duties of which one person has one at most (GB/T 39477)."""
MAX_NUMBER, MAX_PERSON_NAME = 40, 100
APART_RULE = "administer, audit and operate are duties of different people"


class PersonState(StrEnum):
    """The state of a person on record."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


class PersonChange(StrEnum):
    """Changes of a person's state."""

    SUSPEND = "suspend"
    RESUME = "resume"
    LEAVE = "leave"


_S = PersonState
TRANSITIONS = Transitions(
    "person",
    {
        PersonChange.SUSPEND: ({_S.ACTIVE}, _S.SUSPENDED),
        PersonChange.RESUME: ({_S.SUSPENDED}, _S.ACTIVE),
        PersonChange.LEAVE: ({_S.ACTIVE, _S.SUSPENDED}, _S.LEFT),
    },
)
"""The permitted changes; all others are refused. Who left does not come back under the same id."""


@dataclass(frozen=True, slots=True)
class Person:
    """人员: a person of an agency; two people of one name are two people.

    ``number`` is the person's number within the agency. ``issuer`` and ``subject`` are those of tokens of an identity
    service. ``deputy`` is the id of the person who has the same duties from ``deputy_from`` until ``deputy_to``.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    agency: Uscc
    number: Annotated[str, AfterValidator(words(MAX_NUMBER))]
    name: Annotated[str, AfterValidator(words(MAX_PERSON_NAME))]
    duties: tuple[Duty, ...]
    state: PersonState = PersonState.ACTIVE
    issuer: str | None = None
    subject: str | None = None
    deputy: str | None = None
    deputy_from: datetime | None = None
    deputy_to: datetime | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        with faults.collecting("agency"):
            parse_uscc(self.agency)
        faults.require(self.duties, "duties", "at least one is required")
        faults.require(len({*self.duties}) == len(self.duties), "duties", "each at most once")
        faults.require(are_apart(self.duties), "duties", APART_RULE)
        faults.require((self.issuer is None) is (self.subject is None), "subject", "goes with an issuer")
        faults.raise_any()

    def is_deputy(self, person: str, at: datetime) -> bool:
        """Return whether a person has this one's duties, too, at a time."""
        if self.deputy != person or self.deputy_from is None or self.deputy_to is None:
            return False
        return self.state is PersonState.ACTIVE and self.deputy_from <= at < self.deputy_to


def are_apart(duties: Iterable[Duty]) -> bool:
    """Return whether one person may have these duties."""
    return len(APART.intersection(duties)) <= 1
