"""A worker's copy of the registers: one consistent reading of all that decides answers, kept current.

PostgreSQL notifies every change (LISTEN/NOTIFY), so a revoked grant, certificate or seal stops working at once. If the
listening connection is lost, the copy is in doubt and no request is answered until it has been read again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncpg
import orjson
import structlog

from registry.agencies import Agency, Duty, State, System
from registry.catalogue import Dataset
from registry.connection import connect
from registry.departures import WHOLE, Departed, departures
from registry.enrolled import Certified, Enrolled
from registry.grants import Grant, by_party
from registry.licenses.types import LicenseType
from registry.matters import Matter
from registry.parsing import parse
from registry.people import Person, PersonState
from registry.seals.kinds import TargetKind
from registry.seals.records import kinds_made, rules_in_force, seals_in_force
from registry.seals.rules import SealRule
from registry.seals.seal import Made, Seal, seal_for

_RETRY_SECONDS = 0.5
_HEARTBEAT_SECONDS = 2.0
_READ_SECONDS = 30.0
_DOUBT_SECONDS = 1.0
_NOT_CONTENT = ("since", "revision")
_NOT_PERSON = (*_NOT_CONTENT, "identity")
T = TypeVar("T")
log = structlog.get_logger(__name__)


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
    grants: Mapping[tuple[str, str], tuple[Grant, ...]] = field(default_factory=dict)
    """Active grants, by dataset and agency."""
    license_types: Mapping[str, LicenseType] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    """People who have not left, by id."""
    people_by_certificate: Mapping[str, Certified] = field(default_factory=dict)
    """Their certificates, by fingerprint."""
    departed: Departed = field(default_factory=Departed)
    """Rows that are not as the ledger records them; only agencies and enrolled certificates are in the others, too."""

    def seal_for(self, agency: str, kind: TargetKind) -> Seal | None:
        """Return the seal in force for an agency's answers or licenses."""
        return seal_for(self.seals.values(), self.seals_made, agency, kind)


async def read_register(connection: asyncpg.Connection) -> Register:
    """Read all registers in one repeatable-read transaction."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        departed = Departed.of([item for name in WHOLE for item in await departures(connection, name)])
        agencies = {
            row["uscc"]: Agency(row["uscc"], row["name"], row["region"], State(row["state"]))
            for row in await connection.fetch("SELECT uscc, name, region, state FROM agency")
        }
        systems = {
            row["id"]: System(row["id"], row["agency"], row["name"], Duty(row["duty"]), State(row["state"]))
            for row in await connection.fetch("SELECT id, agency, name, duty, state FROM system")
        }
        people = {
            row["id"]: _parsed(Person, row, "person", _NOT_PERSON)
            for row in await connection.fetch("SELECT * FROM person WHERE state <> $1", PersonState.LEFT.value)
            if not departed.has("person", row["id"])
        }
        certificates: dict[str, Enrolled] = {}
        by_person: dict[str, Certified] = {}
        for row in await connection.fetch(
            "SELECT fingerprint, use, holder, agency, revoked_at, der FROM certificate "
            "WHERE use IN ('system', 'person')"
        ):
            name, revoked, use = row["fingerprint"], row["revoked_at"] is not None, row["use"]
            holder = (systems if use == "system" else people).get(row["holder"])
            if holder is None:  # its row was removed, departs, or the person has left
                continue
            rows = (("certificate", name), (use, holder.id), ("agency", holder.agency))
            doubtful, moved = any(departed.has(*item) for item in rows), row["agency"] != holder.agency
            agency = agencies.get(holder.agency, Agency(holder.agency, "", ""))  # a removed row departs
            if isinstance(holder, System):
                certificates[name] = Enrolled(holder, agency, revoked, row["der"], doubtful, moved)
            else:
                by_person[name] = Certified(holder, agency, revoked, row["der"], doubtful, moved)
        lost = await _seals_departed(connection, departed)
        seals = {seal.id: seal for seal in await seals_in_force(connection) if seal.id not in lost}
        seals_made = await kinds_made(connection)
        seal_rules = await rules_in_force(connection, departed.of_register("seal-rule"))
        datasets = await _latest(connection, "dataset", Dataset, departed.of_register("dataset"))
        matters = await _latest(connection, "matter", Matter, departed.of_register("matter"))
        license_types = await _latest(connection, "license_type", LicenseType, departed.of_register("license-type"))
        grants = by_party(
            _parsed(Grant, row, "grant")
            for row in await connection.fetch("SELECT * FROM access_grant WHERE state = 'active' ORDER BY id")
            if not departed.has("grant", row["id"])
        )
    return Register(
        agencies, certificates, seals, seals_made, seal_rules, datasets, matters, grants, license_types,
        people, by_person, departed,
    )  # fmt: skip


def _parsed(shape: type[T], row: asyncpg.Record, where: str, but: tuple[str, ...] = _NOT_CONTENT) -> T:
    return parse(shape, {name: value for name, value in row.items() if name not in but}, where)


async def _seals_departed(connection: asyncpg.Connection, departed: Departed) -> frozenset[str]:
    """Seals whose row, or whose certificate's, departs."""
    certificates = departed.of_register("certificate")
    rows = await connection.fetch(
        "SELECT id FROM seal WHERE certificate = ANY($1::text[]) OR national_certificate = ANY($1::text[])",
        list(certificates),
    )
    return departed.of_register("seal") | {row["id"] for row in rows}


async def ledger_key_states(connection: asyncpg.Connection) -> dict[str, State]:
    """Return the state of each ledger key on record by its name."""
    rows = await connection.fetch("SELECT key_name, state FROM ledger_key")
    return {row["key_name"]: State(row["state"]) for row in rows}


async def seal_certificates(connection: asyncpg.Connection) -> list[bytes]:
    """Return the certificates (DER) of all seals, including past ones, which are checked for years.

    A certificate whose row is not as the ledger records it is left out.
    """
    departed = {item.id for item in await departures(connection, "certificate")}
    rows = await connection.fetch("SELECT fingerprint, der FROM certificate WHERE use = 'seal' ORDER BY since")
    return [row["der"] for row in rows if row["fingerprint"] not in departed]


async def _latest(connection: asyncpg.Connection, table: str, shape: type[Any], but: frozenset[str]) -> dict[str, Any]:
    rows = await connection.fetch(f"SELECT DISTINCT ON (id) id, body FROM {table} ORDER BY id, version DESC")
    return {
        row["id"]: parse(shape, orjson.loads(row["body"]), f"{table} {row['id']}")
        for row in rows
        if row["id"] not in but
    }


class RegisterWatch:
    """Keeps a ``Register`` current; calls ``changed`` with each new reading, or None when it is in doubt."""

    def __init__(self, url: str, changed: Callable[[Register | None], Awaitable[None]]) -> None:
        self._url = url
        self._changed = changed
        self._stale = asyncio.Event()
        self._connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        """Read the registers for the first time; ``follow`` keeps them current.

        Raises:
            RegistryError: the database does not answer, or the records cannot be read.
        """
        self._connection = await self._listen()
        await self._read(self._connection)

    async def _listen(self) -> asyncpg.Connection:
        connection = await connect(self._url)
        await connection.add_listener("yici_register", lambda *_: self._stale.set())
        connection.add_termination_listener(lambda _: self._stale.set())
        return connection

    async def _read(self, connection: asyncpg.Connection) -> None:
        self._stale.clear()
        async with asyncio.timeout(_READ_SECONDS):
            reading = asyncio.create_task(read_register(connection))
            try:
                if not (await asyncio.wait({reading}, timeout=_DOUBT_SECONDS))[0]:
                    await self._changed(None)  # a revoked system must not be answered from the old reading
                register = await reading
            finally:
                reading.cancel()
        await self._changed(register)

    async def follow(self) -> None:
        """Follow changes until cancelled; on any other end the registers are in doubt."""
        connection, self._connection = self._connection, None
        try:
            while True:
                try:
                    if connection is None:
                        connection = await self._listen()
                        await self._read(connection)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stale.wait(), _HEARTBEAT_SECONDS)
                    if self._stale.is_set():
                        await self._read(connection)
                    else:
                        await connection.execute("SELECT 1", timeout=_HEARTBEAT_SECONDS)
                except Exception as error:  # noqa: BLE001  # after any error, the old reading must not be used
                    await self._changed(None)
                    log.error("register.in_doubt", error=type(error).__name__)
                    if connection is not None:
                        connection.terminate()
                        connection = None
                    await asyncio.sleep(_RETRY_SECONDS)
        except Exception:
            await self._changed(None)
            raise
        finally:
            if connection is not None:
                connection.terminate()
