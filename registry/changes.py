"""How registers change: each change and its ledger entry are one transaction.

Putting what is already on record in the same words changes nothing and records nothing: loading a file again is safe.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
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

_MAX_WHY = 200


class Changes:
    """Changes on behalf of ``actor``, a person or system that the ledger names only by digest."""

    def __init__(self, database: Database, appender: TransactionalAppender, actor: str) -> None:
        self._database = database
        self._appender = appender
        self._actor = actor
        self._open: tuple[AsyncConnection, list[Entry]] | None = None

    @asynccontextmanager
    async def change(self) -> AsyncIterator[tuple[AsyncConnection, list[Entry]]]:
        """One transaction; the entries that the block adds to the list are recorded in it.

        Changes within a change are part of it: all of them are made, or none. One task changes at a time.
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
        """The entry of a change; ``why`` is free text, so it stands in the opening and not in the leaf."""
        agency, system, dataset = _about(row)
        facts = RegisterFacts(
            kind=f"register.{row.register}", decision="permit", reason=reason, object=row.id, agency=agency,
            system=system, dataset=dataset, changed=differences(old, row),
        )  # fmt: skip
        return Entry(facts, self.opening(why), row=row)

    def opening(self, why: str) -> Opening:
        """Who acts, and why, which an entry does not tell.

        Raises:
            RuleError: the reason is too long.
        """
        if len(why) > _MAX_WHY:
            raise RuleError("why", f"at most {_MAX_WHY} characters")
        return Opening(officer=self._actor, request=why)

    async def end(
        self, table: Table, register: str, item: str, why: str, which: ColumnElement[bool], **values: Any
    ) -> bool:
        """Change the row that is meant, for good; whether there was one.

        Raises:
            RuleError: no reason is given.
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
                entries.append(self.entry("REVOKED", old[item], row, why))
            return bool(done.rowcount)

    async def put(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any]]], key: list[str], ended: str = ""
    ) -> int:
        """Put rows, each with its item's name, in the place of those with the same key; how many changed.

        Raises:
            RuleError: one was revoked, and ``ended`` says that this is for good.
        """
        async with self.change() as (connection, entries):
            raw = await raw_connection(connection)
            ids = sorted({item for item, _ in rows})
            # Locked, so that what someone revokes meanwhile is not brought back.
            before = await stored_rows(raw, register, ids, lock=True)
            faults = Faults()
            for item in before if ended else ():
                active = before[item].content["state"] != State.REVOKED.value
                faults.require(active, f"{register} {item}", ended)
            faults.raise_any()
            changed = [item for item, row in rows if await _upsert(connection, table, row, key)]
            after = await stored_rows(raw, register, changed)
            for item, row in after.items():
                entries.append(self.entry("ADDED" if row.version == 1 else "CHANGED", before.get(item), row))
            return len(changed)

    async def put_versions(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]
    ) -> int:
        """Put bodies, each with its item's name and further columns, as next versions; how many were new."""
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
        """Refuse what names an agency that is not on record; ``named`` has each place and the agency there.

        Raises:
            RuleError: says which are missing, and where they are named.
        """
        places = list(named)
        wanted = select(tables.agency.c.uscc).where(tables.agency.c.uscc.in_([uscc for _, uscc in places]))
        async with self.change() as (connection, _):
            known = set(await connection.scalars(wanted))
        faults = Faults()
        for place, uscc in places:
            faults.require(uscc in known, place, f"{uscc} is not on record; add it under agencies first")
        faults.raise_any()


async def raw_connection(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's connection, in the same transaction."""
    await connection.scalar(select(1))  # where nothing was executed yet, the transaction begins with this
    return (await connection.get_raw_connection()).driver_connection


async def _upsert(connection: AsyncConnection, table: Table, row: dict[str, Any], key: list[str]) -> bool:
    """Put a row in the place of the one with its key; whether that changed anything."""
    statement = insert(table).values(row)
    values = {name: statement.excluded[name] for name in row if name not in key}
    differs = or_(*[table.c[name].is_distinct_from(value) for name, value in values.items()])
    done = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=key, set_={**values, "revision": table.c.revision + 1}, where=differs
        )
    )
    return bool(done.rowcount)


def _about(row: Row) -> tuple[str, str, str]:
    """The agency, system and dataset that a row is about, as entries name them."""
    content = row.content
    if row.register == "certificate":
        holder = content["holder"]
        return ("", holder, "") if content["use"] == Use.SYSTEM.name.lower() else (holder, "", "")
    return content.get("agency") or content.get("source") or "", "", content.get("dataset") or ""
