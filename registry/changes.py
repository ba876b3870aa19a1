"""Changes of registers: each change and its ledger entry are made in one transaction.

Putting equal content changes nothing and records nothing, so loading a file again is safe.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ColumnElement, Table, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from keys.certificates import Use
from keys.leaf.facts import RegisterFacts
from registry import tables
from registry.agencies import State
from registry.content import Row, stored_rows
from registry.database import Database
from registry.differences import differences
from registry.errors import RuleError
from registry.faults import Faults
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry, Opening
from registry.ledger.recorded import last_recorded
from registry.people import PersonState

_MAX_WHY = 200
_FINAL = (State.REVOKED.value, PersonState.LEFT.value)
_REVOKED = "REVOKED"


class Changes:
    """Changes made by ``actor``, a person or system, of whom the ledger's leaves have a digest only.

    ``known_by`` is how the operator of a command is known; ``why`` is the reason for changes without a reason of
    their own.
    """

    def __init__(
        self, database: Database, appender: TransactionalAppender, actor: str, known_by: str = "", why: str = ""
    ) -> None:
        self._database = database
        self._appender = appender
        self._actor = actor
        self._known_by = known_by
        self._why = why
        self._open: tuple[AsyncConnection, list[Entry]] | None = None

    @asynccontextmanager
    async def change(self) -> AsyncIterator[tuple[AsyncConnection, list[Entry]]]:
        """Open a transaction, which also records the entries that the block adds to the list.

        Nested changes belong to the outer one: all are made, or none. Only one task makes changes at a time.
        """
        if self._open is not None:
            yield self._open
            return
        async with self._database.transaction() as connection:
            entries: list[Entry] = []
            self._open = connection, entries
            try:
                yield connection, entries
            finally:
                self._open = None
            if entries:
                await self._appender.record(await raw_connection(connection), entries)

    def entry(self, reason: str, old: Row | None, row: Row, why: str = "") -> Entry:
        """Return the entry of a change; ``why`` is free text, so it is in the opening and not in the leaf."""
        agency, system, dataset = _about(row)
        facts = RegisterFacts(
            kind=f"register.{row.register}", decision="permit", reason=reason, object=row.id, agency=agency,
            system=system, dataset=dataset, changed=differences(old, row), operator=self._known_by,
        )  # fmt: skip
        return Entry(facts, self.opening(why), row=row)

    def opening(self, why: str) -> Opening:
        """Return the opening of an entry: the actor and the reason, which the leaf does not have.

        Raises:
            RuleError: the reason is too long.
        """
        if len(why) > _MAX_WHY:
            raise RuleError("why", f"at most {_MAX_WHY} characters")
        return Opening(officer=self._actor, request=why or self._why)

    async def end(
        self, table: Table, register: str, item: str, why: str, which: ColumnElement[bool], **values: Any
    ) -> bool:
        """Change the rows of a condition irrevocably; return whether there were any.

        Raises:
            RuleError: the reason is empty.
        """
        if not why.strip():
            raise RuleError("why", "what is ended needs a reason")
        self.opening(why)
        async with self.change() as (connection, entries):
            raw = await raw_connection(connection)
            old = await stored_rows(raw, register, [item], lock=True)
            done = await connection.execute(update(table).where(which).values(**values, revision=table.c.revision + 1))
            if done.rowcount:
                row = (await stored_rows(raw, register, [item]))[item]
                entries.append(self.entry(_REVOKED, old[item], row, why))
            return bool(done.rowcount)

    async def put(
        self,
        table: Table,
        register: str,
        rows: Sequence[tuple[str, dict[str, Any]]],
        key: list[str],
        ended: str = "",
        section: str = "",
    ) -> int:
        """Put rows, each with its item's name, replacing those with the same key; return how many changed.

        Raises:
            RuleError: a row of the section has ended, and ``ended`` says that this is irrevocable.
        """
        async with self.change() as (connection, entries):
            raw = await raw_connection(connection)
            ids = sorted({item for item, _ in rows})
            # Locked, so that a concurrent revocation is not undone.
            before = await stored_rows(raw, register, ids, lock=True)
            if ended:
                await _require_active(raw, register, before, ids, section, ended)
            changed = [item for item, row in rows if await _upsert(connection, table, row, key)]
            after = await stored_rows(raw, register, changed)
            for item, row in after.items():
                entries.append(self.entry("ADDED" if row.version == 1 else "CHANGED", before.get(item), row))
            return len(changed)

    async def put_versions(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]
    ) -> int:
        """Put bodies as next versions, each with its item's name and other columns; return how many were new."""
        async with self.change() as (connection, entries):
            before = len(entries)
            for item, body, extra in rows:
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{register} {item}"))))
                raw = await raw_connection(connection)
                old = (await stored_rows(raw, register, [item])).get(item)
                version = old.version + 1 if old else 1
                if old and orjson.loads(old.content["body"]) | {"version": 0} == body | {"version": 0}:
                    continue
                fresh = body | {"version": version}
                await connection.execute(insert(table).values(id=item, version=version, body=fresh, **extra))
                row = (await stored_rows(raw, register, [item]))[item]
                entries.append(self.entry("CHANGED" if old else "ADDED", old, row))
            return len(entries) - before

    async def require_agencies(self, named: Iterable[tuple[str, str]]) -> None:
        """Check that all agencies are on record; ``named`` has pairs of a place and the agency there.

        Raises:
            RuleError: names the missing ones, and the places where they occur.
        """
        places = list(named)
        wanted = select(tables.agency.c.uscc).where(tables.agency.c.uscc.in_([uscc for _, uscc in places]))
        async with self.change() as (connection, _):
            known = set(await connection.scalars(wanted))
        faults = Faults()
        for place, uscc in places:
            faults.require(uscc in known, place, f"{uscc} is not on record; add it under agencies first", uscc)
        faults.raise_any()


async def raw_connection(connection: AsyncConnection) -> asyncpg.Connection:
    """Return the driver's connection, in the same transaction."""
    await connection.scalar(select(1))  # begins the transaction if no statement has
    return (await connection.get_raw_connection()).driver_connection


async def _upsert(connection: AsyncConnection, table: Table, row: dict[str, Any], key: list[str]) -> bool:
    """Insert a row, or replace the one with its key; return whether that changed anything."""
    statement = insert(table).values(row)
    values = {name: statement.excluded[name] for name in row if name not in key}
    differs = or_(*[table.c[name].is_distinct_from(value) for name, value in values.items()])
    done = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=key, set_={**values, "revision": table.c.revision + 1}, where=differs
        )
    )
    return bool(done.rowcount)


async def _require_active(
    raw: asyncpg.Connection, register: str, rows: Mapping[str, Row], ids: Sequence[str], section: str, ended: str
) -> None:
    """Refuse rows that were revoked, by the row itself or by its last entry, since a row can be edited."""
    recorded = await last_recorded(raw, register, ids)
    faults = Faults()
    for item in ids:
        by_row = item in rows and rows[item].content["state"] in _FINAL
        by_entry = item in recorded and recorded[item].reason == _REVOKED
        faults.require(not by_row and not by_entry, f"{section}[{item}]", ended)
    faults.raise_any()


def _about(row: Row) -> tuple[str, str, str]:
    """Return the agency, system and dataset that a row concerns, as entries name them."""
    content = row.content
    if row.register == "certificate":
        holder = content["holder"]
        if content["use"] == Use.PERSON.name.lower():
            return content["agency"], "", ""
        return ("", holder, "") if content["use"] == Use.SYSTEM.name.lower() else (holder, "", "")
    return content.get("agency") or content.get("source") or "", "", content.get("dataset") or ""
