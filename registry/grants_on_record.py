"""Grants of the register, read and written in the transaction of an act online."""

import asyncpg

from registry.agencies import State
from registry.content import Row
from registry.departures import require_recorded
from registry.errors import NotOnRecordError
from registry.grants import Grant
from registry.items import get, put
from registry.parsing import dump, parse

REGISTER = "grant"
_NOT_CONTENT = ("since", "revision")


async def active_grants(connection: asyncpg.Connection, agency: str, dataset: str) -> list[Grant]:
    """Return the active grants of an agency on a dataset; others that write some of these wait.

    Raises:
        DepartedError: one is not as the ledger records it.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"{REGISTER} {agency} {dataset}")
    rows = await connection.fetch(
        "SELECT * FROM access_grant WHERE agency = $1 AND dataset = $2 AND state = 'active' ORDER BY id FOR UPDATE",
        agency,
        dataset,
    )
    await require_recorded(connection, REGISTER, [row["id"] for row in rows])
    return [_grant(row) for row in rows]


async def put_grant(connection: asyncpg.Connection, grant: Grant) -> Row:
    """Insert a grant, and return its row."""
    values = dump(grant) | {"valid_from": grant.valid_from, "valid_to": grant.valid_to}
    return (await put(connection, REGISTER, values))[1]


async def end_grant(connection: asyncpg.Connection, grant: str) -> Row:
    """Revoke an active grant, and return its row.

    Raises:
        NotOnRecordError: there is no such active grant.
    """
    stored = await get(connection, REGISTER, grant, lock=True)
    if stored is None or stored.state != State.ACTIVE.value:
        raise NotOnRecordError(f"grant: no active grant {grant}")
    return (await put(connection, REGISTER, {"id": grant, "state": State.REVOKED.value}))[1]


def _grant(row: asyncpg.Record) -> Grant:
    return parse(Grant, {name: value for name, value in row.items() if name not in _NOT_CONTENT}, REGISTER)
