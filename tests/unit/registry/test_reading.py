"""Tests of readings by change: they equal one of everything, and share what did not change."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from keys.notes import NoteSigner
from registry.conformity import check_registers
from registry.connection import connect
from registry.database import Database
from registry.departures import WHOLE
from registry.grants import by_party
from registry.loading import load
from registry.reading import read_register
from registry.register import Register
from registry.register_watch import RegisterWatch, read_again
from registry.registrar import Registrar
from tests.support.ledgers import appender
from tests.support.registers import files, grant

__all__ = ["files"]
POLICE, DESK = "113205000000140157", "113205000000140825"


class Watched:
    """A watch that follows, and its readings."""

    def __init__(self, url: str, registrar: Registrar, connection: asyncpg.Connection) -> None:
        self.registrar = registrar
        self.connection = connection
        self.seen: list[Register | None] = []
        self.watch = RegisterWatch(url, self._changed)

    async def _changed(self, register: Register | None) -> None:
        self.seen.append(register)

    async def after(self, change: Awaitable[object]) -> Register:
        """Return the first reading in which a change is."""
        number = len(self.seen)
        await change
        async with asyncio.timeout(60):
            while len(self.seen) == number or self.seen[-1] is None:  # a slow machine is in doubt meanwhile
                await asyncio.sleep(0.01)
        found = self.seen[-1]
        assert found is not None
        return found


@asynccontextmanager
async def watching(url: str, note_signer: NoteSigner, files: list[Path]) -> AsyncIterator[Watched]:
    database, connection = Database(url), await connect(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    await load(files, registrar)
    await registrar.add_grants([grant(), grant(id="h")])
    found = Watched(url, registrar, connection)
    await found.watch.open()
    following = asyncio.create_task(found.watch.follow())
    try:
        yield found
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await connection.close()
        await database.close()


CHANGES: dict[str, tuple[str, Callable[[Watched], Awaitable[object]]]] = {
    "added": ("grant", lambda on: on.registrar.add_grants([grant(id="i")])),
    "replaced": ("grant", lambda on: on.registrar.add_grants([grant(daily_quota=5)])),
    "revoked": ("grant", lambda on: on.registrar.revoke_grant("g", "misused")),
    "edited": ("grant", lambda on: on.connection.execute("UPDATE access_grant SET daily_quota = 9 WHERE id = 'g'")),
    "to another agency": (
        "grant",
        lambda on: on.connection.execute("UPDATE access_grant SET agency = $1 WHERE id = 'g'", POLICE),
    ),
    "deleted": ("grant", lambda on: on.connection.execute("DELETE FROM access_grant WHERE id = 'g'")),
    "renamed": ("grant", lambda on: on.connection.execute("UPDATE access_grant SET id = 'j' WHERE id = 'g'")),
    "system": ("system", lambda on: on.connection.execute("UPDATE system SET state = 'suspended' WHERE id = 'desk'")),
    "agency": ("agency", lambda on: on.connection.execute("UPDATE agency SET name = '别的' WHERE uscc = $1", DESK)),
    "dataset": ("dataset", lambda on: on.connection.execute("UPDATE dataset SET version = 2")),
}
"""By what is done: the register that it changes, and how."""


@pytest.mark.parametrize("name", CHANGES)
async def test_a_reading_of_a_change_is_as_one_of_everything(
    url: str, note_signer: NoteSigner, files: list[Path], name: str
) -> None:
    async with watching(url, note_signer, files) as on:
        register, change = CHANGES[name]
        before = on.seen[-1]
        assert before is not None
        found = await on.after(change(on))
        everything = await read_register(on.connection)
        assert everything.changed == set(WHOLE)
        assert found.changed == {register}
        assert replace(found, changed=everything.changed) == everything
        assert replace(before, changed=everything.changed) != everything
        assert found.matters is before.matters
        assert (found.datasets is before.datasets) == (register != "dataset")


async def test_changes_of_many_rows_are_all_read(url: str, note_signer: NoteSigner, files: list[Path]) -> None:
    async with watching(url, note_signer, files) as on:
        many = [grant(id=f"{'long' * 20}-{number}") for number in range(400)]
        found = await on.after(on.registrar.add_grants(many))
        assert found.changed == {"grant"}
        assert len(found.grants["d", DESK]) == len(many) + 2


async def test_everything_is_read_when_it_is_unknown_what_changed(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    async with watching(url, note_signer, files) as on:
        for payload in ("", "grant", "unheard-of\ng"):
            found = await on.after(on.connection.execute("SELECT pg_notify('yici_register', $1)", payload))
            assert found.changed == set(WHOLE)
        await on.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        async with asyncio.timeout(60):
            while on.seen[-1] is not None:
                await asyncio.sleep(0.01)
            while on.seen[-1] is None:
                await asyncio.sleep(0.01)
        assert on.seen[-1].changed == set(WHOLE)


async def test_edits_without_a_notification_end_when_the_registers_are_compared(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    async with watching(url, note_signer, files) as on:
        before = on.seen[-1]
        assert before is not None
        async with on.connection.transaction():
            await on.connection.execute("SET LOCAL session_replication_role = replica")
            await on.connection.execute("UPDATE access_grant SET daily_quota = 9 WHERE id = 'g'")
            await on.connection.execute("UPDATE dataset SET since = now()")
        found = await on.after(_compared(url))
        assert (len(before.grants["d", DESK]), [item.id for item in found.grants["d", DESK]]) == (2, ["h"])
        assert not found.datasets
        assert found.departed.found.keys() == {("grant", "g"), ("dataset", "d")}


async def _compared(url: str) -> None:
    await read_again(url, (await check_registers(url)).named)


def test_a_change_of_grants_shares_those_of_other_datasets() -> None:
    before = by_party([grant(id="b"), grant(id="a"), grant(id="c", dataset="e"), grant(id="x", agency=POLICE)])
    assert [item.id for item in before["d", DESK]] == ["a", "b"]
    later = grant(id="a", valid_to=datetime(2027, 1, 1, tzinfo=UTC))
    after = before.changed({"a", "x"}, [later])
    assert after["d", DESK] == (later, grant(id="b"))
    assert after["e", DESK] is before["e", DESK]
    assert (("d", POLICE) in after, ("d", POLICE) in before, len(after)) == (False, True, 2)
    assert [item.id for item in before["d", DESK]] == ["a", "b"]
    assert after.changed({"a", "b", "c"}, []) == {}
