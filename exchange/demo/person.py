"""A person and an enterprise of the invented city, with the data of all departments."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Degree:
    """A degree and its diploma."""

    level: str
    institution: str
    degree_number: str
    diploma_number: str
    subject: str
    awarded: date


@dataclass(frozen=True, slots=True)
class Home:
    """A person's share in a property."""

    unit: str
    certificate: str
    location: str
    area: str
    share: str
    registered: date
    status: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month of work: the contribution base, whether it was paid, and the tax paid on it."""

    month: str
    base: int
    paid: bool
    tax: str


@dataclass(slots=True)
class Person:
    """One inhabitant, with the data of all departments.

    A changed name is valid from ``renamed`` on; ``mistyped`` is the housing fund's wrong spelling, or empty; ``late``
    are the newest months that the tax authority has not booked yet.
    """

    id: str
    name: str
    former_name: str
    sex: str
    ethnic_group: str
    born: date
    region: str
    status: str
    degrees: list[Degree] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    employer: str = ""
    arrears: str = ""
    qualification: str = ""
    renamed: date = date.min
    mistyped: str = ""
    late: int = 0

    def known_as(self, day: date) -> str:
        """Return the name in records of a day."""
        return self.former_name if self.former_name and day < self.renamed else self.name


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A company."""

    uscc: str
    name: str
    representative: str
    capital: str
    established: date
    status: str
