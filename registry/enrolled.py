"""Certificates on record, with the systems and persons to whom they belong."""

from dataclasses import dataclass, field

from registry.agencies import Agency, State, System
from registry.people import Person


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A system certificate on record."""

    system: System
    agency: Agency
    revoked: bool
    der: bytes
    departed: bool = False
    """Whether its row, its system's or its agency's is not as the ledger records it."""
    moved: bool = False
    """Whether it was issued when the system was of another agency."""
    in_force: bool = field(init=False)
    """Whether the register has nothing against it."""

    def __post_init__(self) -> None:
        active = self.system.state is State.ACTIVE and self.agency.state is State.ACTIVE
        object.__setattr__(self, "in_force", active and not (self.revoked or self.departed or self.moved))


@dataclass(frozen=True, slots=True)
class Certified:
    """A person's certificate on record; see ``Enrolled``."""

    person: Person
    agency: Agency
    revoked: bool
    der: bytes
    departed: bool = False
    moved: bool = False
