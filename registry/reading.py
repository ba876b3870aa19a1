"""Readings of the registers: all of them at first, then the rows that changed.

Rows are read, and compared with the ledger, in chunks: between two, the process does other work. What did not change is
shared with the reading before.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import asyncpg
import orjson

from registry.agencies import Agency, Duty, State, System
from registry.catalogue import Dataset
from registry.content import REGISTERS
from registry.departures import ENROLMENT, WHOLE, Departed, departures_of
from registry.enrolled import Certified, Enrolled
from registry.grants import Grant
from registry.licenses.types import LicenseType
from registry.matters import Matter
from registry.parsing import parse
from registry.people import Person, PersonState
from registry.register import Register
from registry.seals.records import kinds_made, rules_in_force, seals_in_force

Changed = Mapping[str, frozenset[str]]
"""The ids of the rows that changed, by register."""
_CHUNK = 500
_NOT_CONTENT = ("since", "revision")
_NOT_PERSON = (*_NOT_CONTENT, "identity")
_VERSIONED: Mapping[str, tuple[str, type[Any]]] = {
    "dataset": ("datasets", Dataset),
    "matter": ("matters", Matter),
    "license-type": ("license_types", LicenseType),
}
"""Registers of which the latest version counts: the mapping of a ``Register``, and the type of its items."""
_SEALING = frozenset({"seal", "certificate"})
T = TypeVar("T")


async def read_register(connection: asyncpg.Connection) -> Register:
    """Read all registers in one repeatable-read transaction."""
    return await read_changes(connection)


async def read_changes(
    connection: asyncpg.Connection, before: Register | None = None, changed: Changed | None = None
) -> Register:
    """Read what changed since a reading, in one repeatable-read transaction; without both, all."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        if before is None or changed is None:
            every = {name: await _ids(connection, name) for name in WHOLE}
            found = await _read(connection, Register(), every)
            gc.freeze()  # or collections would visit all of it
            return found
        return await _read(connection, before, changed)


async def _read(connection: asyncpg.Connection, found: Register, ids: Changed) -> Register:
    found = replace(found, changed=frozenset(ids), departed=await _departed(connection, found.departed, ids))
    if not ENROLMENT.isdisjoint(ids):
        found = await _enrolment(connection, found)
    if not _SEALING.isdisjoint(ids):
        found = await _seals(connection, found)
    if "seal-rule" in ids:
        rules = await rules_in_force(connection, found.departed.of_register("seal-rule"))
        found = replace(found, seal_rules=rules)
    for name in _VERSIONED.keys() & ids.keys():
        found = await _latest(connection, found, name, ids[name])
    if "grant" in ids:
        found = await _grants(connection, found, ids["grant"])
    return found


async def _ids(connection: asyncpg.Connection, register: str) -> frozenset[str]:
    """Return the ids of all rows of a register, and of all rows that the ledger records."""
    table = REGISTERS[register]
    rows = await connection.fetch(
        f"SELECT {table.key}::text AS id FROM {table.table} UNION SELECT id FROM register_entry WHERE register = $1",
        register,
    )
    return frozenset(row["id"] for row in rows)


async def _chunks(ids: frozenset[str]) -> AsyncIterator[list[str]]:
    """Chunks of ids; other work of the process is done between them."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
        await asyncio.sleep(0)


async def _departed(connection: asyncpg.Connection, before: Departed, ids: Changed) -> Departed:
    found = {key: item for key, item in before.found.items() if key[1] not in ids.get(key[0], ())}
    for register, changed in ids.items():
        async for chunk in _chunks(changed):
            found |= {(register, item.id): item for item in await departures_of(connection, register, chunk)}
    return Departed(found)


async def _enrolment(connection: asyncpg.Connection, found: Register) -> Register:
    """Read agencies, and the systems and people with certificates."""
    departed = found.departed
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
        "SELECT fingerprint, use, holder, agency, revoked_at, der FROM certificate WHERE use IN ('system', 'person')"
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
    return replace(found, agencies=agencies, certificates=certificates, people=people, people_by_certificate=by_person)


async def _seals(connection: asyncpg.Connection, found: Register) -> Register:
    """Read the seals in force whose rows, and whose certificates' rows, are as the ledger records them."""
    certificates = found.departed.of_register("certificate")
    rows = await connection.fetch(
        "SELECT id FROM seal WHERE certificate = ANY($1::text[]) OR national_certificate = ANY($1::text[])",
        list(certificates),
    )
    lost = found.departed.of_register("seal") | {row["id"] for row in rows}
    seals = {seal.id: seal for seal in await seals_in_force(connection) if seal.id not in lost}
    return replace(found, seals=seals, seals_made=await kinds_made(connection))


async def _latest(connection: asyncpg.Connection, found: Register, register: str, ids: frozenset[str]) -> Register:
    """Read the latest versions of some rows."""
    name, shape = _VERSIONED[register]
    items = {item: value for item, value in getattr(found, name).items() if item not in ids}
    query = (
        f"SELECT DISTINCT ON (id) id, body FROM {REGISTERS[register].table} WHERE id = ANY($1::text[]) "
        "ORDER BY id, version DESC"
    )
    async for chunk in _chunks(ids):
        for row in await connection.fetch(query, chunk):
            if not found.departed.has(register, row["id"]):
                items[row["id"]] = parse(shape, orjson.loads(row["body"]), f"{register} {row['id']}")
    changed: dict[str, Any] = {name: dict(sorted(items.items()))}
    return replace(found, **changed)


async def _grants(connection: asyncpg.Connection, found: Register, ids: frozenset[str]) -> Register:
    """Read some grants."""
    grants: list[Grant] = []
    async for chunk in _chunks(ids):
        rows = await connection.fetch(
            "SELECT * FROM access_grant WHERE state = 'active' AND id = ANY($1::text[])", chunk
        )
        grants += [_parsed(Grant, row, "grant") for row in rows if not found.departed.has("grant", row["id"])]
    return replace(found, grants=found.grants.changed(ids, grants))


def _parsed(shape: type[T], row: asyncpg.Record, where: str, but: tuple[str, ...] = _NOT_CONTENT) -> T:
    return parse(shape, {name: value for name, value in row.items() if name not in but}, where)
