"""Rows that are not as the ledger records them: changed, added or removed other than by an act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import asyncpg

from registry.content import Row, stored_rows
from registry.errors import DepartedError
from registry.ledger.recorded import Recorded, last_recorded

WHOLE = ("agency", "system", "person", "certificate", "dataset", "matter", "license-type", "grant", "seal", "seal-rule")
"""Registers that a reading has all of, compared with the ledger."""
ENROLMENT = frozenset({"agency", "system", "person", "certificate"})
"""Registers that say who is enrolled, by which certificate."""
_ABOUT = ("agency", "holder", "dataset", "source", "seal")
"""Columns that say what a row is about."""


class Change(StrEnum):
    """How a row departs from the ledger."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Departure:
    """A row that departs from the ledger, and the last entry about it (None where there is none).

    ``about`` are the agencies, systems, datasets and seals that it is about, by the row or by the entry.
    """

    register: str
    id: str
    change: Change
    entry: int | None
    about: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Departed:
    """The departures of one reading of the registers."""

    found: Mapping[tuple[str, str], Departure] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Sequence[Departure]) -> "Departed":
        """Those of a list."""
        return cls({(item.register, item.id): item for item in found})

    def has(self, register: str, item: str) -> bool:
        """Return whether a row departs."""
        return (register, item) in self.found

    def of_register(self, register: str) -> frozenset[str]:
        """Return the ids of the departing rows of a register."""
        return frozenset(item for name, item in self.found if name == register)

    def about(self, registers: Sequence[str], *values: str) -> bool:
        """Return whether a departing row of these registers is about all of these."""
        return any(name in registers and item.about.issuperset(values) for (name, _), item in self.found.items())


def compare(register: str, rows: Mapping[str, Row], recorded: Mapping[str, Recorded]) -> list[Departure]:
    """Return the rows that are not as recorded, and those that are recorded, missing and not erased."""
    found = []
    for item in sorted(rows.keys() | recorded.keys()):
        row, last = rows.get(item), recorded.get(item)
        if row is None and last is not None and last.erased:
            continue
        if row is None:
            change = Change.REMOVED
        elif last is None:
            change = Change.ADDED
        elif not last.is_of(row):
            change = Change.CHANGED
        else:
            continue
        found.append(Departure(register, item, change, last.index if last else None, _about(row, last)))
    return found


async def departures(connection: asyncpg.Connection, register: str) -> list[Departure]:
    """Return the departures of a register that is read as a whole."""
    return compare(register, await stored_rows(connection, register), await last_recorded(connection, register))


async def departures_of(connection: asyncpg.Connection, register: str, ids: Sequence[str]) -> list[Departure]:
    """Return the departures of rows of a register."""
    return compare(
        register, await stored_rows(connection, register, ids), await last_recorded(connection, register, ids)
    )


async def departed_of(connection: asyncpg.Connection, register: str, ids: Sequence[str]) -> set[str]:
    """Return which of these rows are not as the ledger records them."""
    return {item.id for item in await departures_of(connection, register, ids)}


async def require_recorded(connection: asyncpg.Connection, register: str, ids: Sequence[str]) -> None:
    """Refuse rows that are not as the ledger records them.

    Raises:
        DepartedError: one is not.
    """
    if await departed_of(connection, register, ids):
        raise DepartedError(register)


def _about(row: Row | None, last: Recorded | None) -> frozenset[str]:
    named = {str(row.content[name]) for name in _ABOUT if row.content.get(name)} if row else set()
    return frozenset(named | (last.about if last else frozenset()))
