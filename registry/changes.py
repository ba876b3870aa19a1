"""How registers change: each change and its ledger entry are one transaction.

Putting what is already on record in the same words changes nothing and records nothing: loading a file again is safe.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from keys.leaf.facts import RegisterFacts
from registry.agencies import State
from registry.database import Database
from registry.errors import RuleError
from registry.ledger.leaf import Entry, Opening
from registry.ledger.pen import Pen

_MAX_WHY = 200


class Changes:
    """Changes on behalf of ``actor``, a person or system that the ledger names only by digest."""

    def __init__(self, database: Database, pen: Pen, actor: str) -> None:
        self._database = database
        self._pen = pen
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
                await connection.scalar(select(1))  # where nothing else is written, the transaction begins with this
                raw = (await connection.get_raw_connection()).driver_connection
                await self._pen.record(raw, entries)

    def entry(self, register: str, reason: str, item: str, why: str = "", **facts: Any) -> Entry:
        """An entry; ``why`` is free text, so it stands in the opening and not in the leaf."""
        told = RegisterFacts(f"register.{register}", "permit", reason, item, **facts)
        return Entry(told, self.opening(why))

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
        ended = self.entry(register, "REVOKED", item, why)
        async with self.change() as (connection, entries):
            done = await connection.execute(update(table).where(which).values(**values))
            if done.rowcount:
                entries.append(ended)
            return bool(done.rowcount)

    async def put(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any]]], key: list[str], ended: str = ""
    ) -> int:
        """Put rows, each with its item's name, in the place of those with the same key; how many changed.

        Raises:
            RuleError: one was revoked, and ``ended`` says that this is for good.
        """
        async with self.change() as (connection, entries):
            before = len(entries)
            if ended:  # locked, so that what someone revokes meanwhile is not brought back
                column = table.c[key[0]]
                present = select(column, table.c.state).where(column.in_([item for item, _ in rows]))
                for item, state in await connection.execute(present.order_by(column).with_for_update()):
                    if state == State.REVOKED.value:
                        raise RuleError(f"{register} {item}", ended)
            for item, row in rows:
                statement = insert(table).values(row)
                values = {name: statement.excluded[name] for name in row if name not in key}
                differs = [table.c[name].is_distinct_from(statement.excluded[name]) for name in values]
                condition = differs[0]
                for other in differs[1:]:
                    condition |= other
                done = await connection.execute(
                    statement.on_conflict_do_update(index_elements=key, set_=values, where=condition)
                )
                if done.rowcount:
                    facts = {name: row[name] for name in ("agency", "dataset") if isinstance(row.get(name), str)}
                    entries.append(self.entry(register, "ADDED", item, row_digest=_digest(_public(row)), **facts))
            return len(entries) - before

    async def put_versions(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]
    ) -> int:
        """Put bodies, each with its item's name and further columns, as next versions; how many were new."""
        async with self.change() as (connection, entries):
            before = len(entries)
            for item, body, extra in rows:
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{register} {item}"))))
                newest = select(table.c.version, table.c.body).where(table.c.id == item)
                found = (await connection.execute(newest.order_by(table.c.version.desc()).limit(1))).first()
                version = found.version + 1 if found else 1
                if found and found.body | {"version": 0} == body | {"version": 0}:
                    continue
                fresh = body | {"version": version}
                await connection.execute(insert(table).values(id=item, version=version, body=fresh, **extra))
                entries.append(self.entry(register, "ADDED", item, version=version, row_digest=_digest(fresh)))
            return len(entries) - before

    async def require(self, column: Any, wanted: Sequence[str], what: str) -> None:
        """Refuse what names something that is not on record.

        Raises:
            RuleError: says what is missing.
        """
        async with self.change() as (connection, _):
            known = set(await connection.scalars(select(column).where(column.in_(wanted))))
        if missing := sorted(set(wanted) - known):
            raise RuleError(what, f"{missing[0]} is not on record; add it first")


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _public(row: dict[str, Any]) -> dict[str, Any]:
    """A row without people's names: a digest of few possible values would tell them."""
    body = row.get("body")
    return row | {"body": {name: value for name, value in body.items() if name != "officers"}} if body else row
