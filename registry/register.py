"""The registers as one consistent reading of all that decides answers (``registry/reading.py``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from registry.agencies import Agency, State
from registry.catalogue import Dataset
from registry.departures import Departed, departures
from registry.enrolled import Certified, Enrolled
from registry.errors import DepartedError
from registry.grants import Grants
from registry.licenses.types import LicenseType
from registry.matters import Matter
from registry.people import Person
from registry.seals.kinds import TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Made, Seal, seal_for


@dataclass(frozen=True, slots=True)
class Register:
    """One consistent reading of all registers."""

    agencies: Mapping[str, Agency] = field(default_factory=dict)
    certificates: Mapping[str, Enrolled] = field(default_factory=dict)
    """Systems' certificates, by fingerprint."""
    seals: Mapping[str, Seal] = field(default_factory=dict)
    """Seals in force by number, oldest first."""
    seals_made: frozenset[Made] = frozenset()
    """The kinds of seals that each agency has ever had made."""
    seal_rules: Mapping[str, tuple[SealRule, ...]] = field(default_factory=dict)
    """Rules of use in force, by seal."""
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    matters: Mapping[str, Matter] = field(default_factory=dict)
    grants: Grants = field(default_factory=Grants)
    license_types: Mapping[str, LicenseType] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    """People who have not left, by id."""
    people_by_certificate: Mapping[str, Certified] = field(default_factory=dict)
    """Their certificates, by fingerprint."""
    departed: Departed = field(default_factory=Departed)
    """Rows that are not as the ledger records them; only agencies and enrolled certificates are in the others, too."""
    changed: frozenset[str] = frozenset()
    """The registers of which rows were read since the reading before."""

    def seal_for(self, agency: str, kind: TargetKind) -> Seal | None:
        """Return the seal in force for an agency's answers or licenses."""
        return seal_for(self.seals.values(), self.seals_made, agency, kind)


async def ledger_key_states(connection: asyncpg.Connection) -> dict[str, State]:
    """Return the state of each ledger key on record by its name.

    Raises:
        DepartedError: a row is not as the ledger records it, so it is unknown which keys may sign.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for item in await departures(connection, "ledger-key"):
            raise DepartedError("ledger-key", item.id)
        rows = await connection.fetch("SELECT key_name, state FROM ledger_key")
    return {row["key_name"]: State(row["state"]) for row in rows}


async def seal_certificates(connection: asyncpg.Connection) -> list[bytes]:
    """Return the certificates (DER) of all seals, including past ones, which are checked for years.

    A certificate whose row is not as the ledger records it is left out.
    """
    departed = {item.id for item in await departures(connection, "certificate")}
    rows = await connection.fetch("SELECT fingerprint, der FROM certificate WHERE use = 'seal' ORDER BY since")
    return [row["der"] for row in rows if row["fingerprint"] not in departed]
