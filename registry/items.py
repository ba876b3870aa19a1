"""Rows of the registers that are administered online, in the transaction of their act.

A row is read only if it is as the ledger records it. Writing returns the row for the act's ledger entry.
"""

import secrets
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from registry.content import REGISTERS, RegisterTable, Row, row_of, stored_rows, stored_values
from registry.departures import require_recorded
from registry.transitions import ConflictError

_ID_BYTES = 10
_OWN = ("state", "since", "body")


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored row: state, revision, body, and its other columns; ``row`` is the same for the ledger."""

    register: str
    id: str
    state: str
    revision: int
    since: datetime
    body: Any
    columns: Mapping[str, Any]
    row: Row

    @property
    def etag(self) -> str:
        """The revision, as callers give it back."""
        return str(self.revision)


def new_id(prefix: str) -> str:
    """Return a new random id, which says nothing about the item."""
    return f"{prefix}-{b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()}"


async def get(connection: asyncpg.Connection, register: str, item: str, *, lock: bool = False) -> Stored | None:
    """Return the latest version of a row, or None; ``lock`` keeps others from changing it.

    Raises:
        DepartedError: it is not as the ledger records it.
    """
    table = REGISTERS[register]
    found = await connection.fetchrow(
        f"SELECT * FROM {table.table} WHERE {table.key} = $1 ORDER BY {table.version} DESC LIMIT 1"
        + (" FOR UPDATE" if lock else ""),
        item,
    )
    await require_recorded(connection, register, [item])
    return _stored(register, found) if found else None


async def page(
    connection: asyncpg.Connection, register: str, where: str, values: Sequence[Any], after: str, limit: int
) -> list[Stored]:
    """Return rows after an id, ordered by id.

    ``where`` is a condition on columns, with ``$1`` and so on for ``values``; empty for all.

    Raises:
        DepartedError: one is not as the ledger records it.
    """
    table = REGISTERS[register]
    latest = f"SELECT DISTINCT ON ({table.key}) * FROM {table.table} ORDER BY {table.key}, {table.version} DESC"
    source = table.table if table.version == "revision" else f"({latest}) latest"
    rows = await connection.fetch(
        f"SELECT * FROM {source} WHERE ({where or 'true'}) AND {table.key} > ${len(values) + 1} "
        f"ORDER BY {table.key} LIMIT ${len(values) + 2}",
        *values,
        after,
        limit,
    )
    await require_recorded(connection, register, [row[table.key] for row in rows])
    return [_stored(register, row) for row in rows]


async def insert(
    connection: asyncpg.Connection, register: str, item: str, state: str, /, body: Any = None, **columns: Any
) -> Stored:
    """Insert a row, and return it.

    Raises:
        asyncpg.UniqueViolationError: another row has this id, or another value that only one may have.
    """
    values = {REGISTERS[register].key: item, "state": state, "body": body, **columns}
    return _stored(register, await _insert(connection, register, values))


async def update(
    connection: asyncpg.Connection, stored: Stored, /, state: str = "", body: Any = None, **columns: Any
) -> Stored:
    """Change a row if it is still the one that was read, and return it.

    Without ``state`` or ``body``, they remain.

    Raises:
        ConflictError: it was changed meanwhile.
    """
    table = REGISTERS[stored.register]
    kept = {name: value for name, value in (("state", state), ("body", body)) if value}
    found = await _change(connection, table, stored.id, {**kept, **columns}, f"revision = {stored.revision}")
    if found is None:
        now = await connection.fetchval(f"SELECT revision FROM {table.table} WHERE {table.key} = $1", stored.id)
        raise ConflictError(stored.register, now or 0)
    return _stored(stored.register, found)


async def put(connection: asyncpg.Connection, register: str, values: Mapping[str, Any]) -> tuple[Row | None, Row]:
    """Insert a row, or change the columns of the one with its key; return it before and after.

    Equal values change nothing: then both are the same.

    Raises:
        DepartedError: it is not as the ledger records it.
    """
    table = REGISTERS[register]
    item = values[table.key]
    await _lock(connection, register, item)
    before = (await stored_rows(connection, register, [item], lock=True)).get(item)
    await require_recorded(connection, register, [item])
    if before is None:
        return None, _stored(register, await _insert(connection, register, values)).row
    others = {name: value for name, value in values.items() if name != table.key}
    differs = " OR ".join(f"{name} IS DISTINCT FROM {_place(table, name, at)}" for at, name in enumerate(others, 2))
    found = await _change(connection, table, item, others, differs)
    return before, before if found is None else _stored(register, found).row


async def put_version(
    connection: asyncpg.Connection, register: str, item: str, body: Mapping[str, Any], **columns: Any
) -> Row:
    """Insert the next version of a body, which gets its number as ``version``; return its row.

    Raises:
        DepartedError: the last version is not as the ledger records it.
    """
    await _lock(connection, register, item)
    await require_recorded(connection, register, [item])
    last = await connection.fetchval(f"SELECT max(version) FROM {REGISTERS[register].table} WHERE id = $1", item)
    version = (last or 0) + 1
    values = {"id": item, "version": version, "body": {**body, "version": version}, **columns}
    return _stored(register, await _insert(connection, register, values)).row


async def _lock(connection: asyncpg.Connection, register: str, item: str) -> None:
    """Let others wait who write an item of this id, even one that is not there yet."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"{register} {item}")


async def _insert(connection: asyncpg.Connection, register: str, values: Mapping[str, Any]) -> asyncpg.Record:
    table = REGISTERS[register]
    given = {name: value for name, value in values.items() if value is not None}
    places = [_place(table, name, at) for at, name in enumerate(given, 1)]
    return await connection.fetchrow(
        f"INSERT INTO {table.table} ({', '.join(given)}) VALUES ({', '.join(places)}) RETURNING *",
        *[_value(table, name, value) for name, value in given.items()],
    )


async def _change(
    connection: asyncpg.Connection, table: RegisterTable, item: str, values: Mapping[str, Any], which: str
) -> asyncpg.Record | None:
    """Set columns of the row with a key, if it meets a condition; return the row after that."""
    places = [f"{name} = {_place(table, name, at)}" for at, name in enumerate(values, 2)]
    return await connection.fetchrow(
        f"UPDATE {table.table} SET {', '.join([*places, 'revision = revision + 1'])} "
        f"WHERE {table.key} = $1 AND ({which}) RETURNING *",
        item,
        *[_value(table, name, value) for name, value in values.items()],
    )


def _place(table: RegisterTable, name: str, at: int) -> str:
    return f"${at}::jsonb" if name in table.json else f"${at}"


def _value(table: RegisterTable, name: str, value: Any) -> Any:
    return orjson.dumps(value).decode() if name in table.json and value is not None else value


def _stored(register: str, record: Mapping[str, Any]) -> Stored:
    table = REGISTERS[register]
    body = record.get("body")
    return Stored(
        register,
        record[table.key],
        record.get("state") or "",
        record[table.version],
        record["since"],
        None if body is None else orjson.loads(body),
        {name: value for name, value in record.items() if name not in (*_OWN, table.key, table.version)},
        row_of(register, stored_values(register, record)),
    )
