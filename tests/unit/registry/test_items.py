"""Tests of rows that are administered online: held to the ledger, and to the revision read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from keys.leaf.facts import ActFacts
from keys.notes import NoteSigner
from registry.connection import connect
from registry.content import Row
from registry.errors import DepartedError
from registry.items import Stored, get, insert, new_id, page, put, put_version, update
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry
from registry.transitions import ConflictError
from tests.support.ledgers import appender

AGENCY = "113205000000140157"
OTHER = "11320500000014058L"
PERSON = {"agency": AGENCY, "number": "1", "name": "周洁", "duties": ["request", "approve"]}


class Register:
    """A database with two agencies, and what is recorded in it."""

    def __init__(self, connection: asyncpg.Connection, ledger: TransactionalAppender) -> None:
        self.connection = connection
        self._ledger = ledger

    async def record(self, row: Row, *told: str) -> None:
        facts = ActFacts(f"{row.register}.change", "permit", "CHANGED", object=row.id, told=told)
        async with self.connection.transaction():
            await self._ledger.record(self.connection, [Entry(facts, row=row)])

    async def person(self, item: str = "p-1", **more: object) -> Stored:
        stored = await insert(self.connection, "person", item, "active", **{**PERSON, **more})
        await self.record(stored.row)
        return stored


@asynccontextmanager
async def opened(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Register]:
    connection = await connect(url)
    register = Register(connection, appender(signer, folder))
    for uscc in (AGENCY, OTHER):
        values = {"uscc": uscc, "name": "局", "region": "320500", "state": "active"}
        await register.record((await put(connection, "agency", values))[1])
    yield register
    await connection.close()


async def test_a_row_is_read_as_it_was_written(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        written = await register.person()
        found = await get(register.connection, "person", "p-1", lock=True)
        assert found == written
        assert (found.state, found.etag, found.columns["duties"], found.body) == (
            "active",
            "1",
            ["request", "approve"],
            None,
        )
        assert "identity" not in found.row.content
        assert await get(register.connection, "person", "p-2") is None


async def test_a_row_that_is_not_as_the_ledger_records_it_is_not_read(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        await register.person()
        await register.connection.execute("UPDATE person SET duties = '{administer}'")
        with pytest.raises(DepartedError, match="person"):
            await get(register.connection, "person", "p-1")
        with pytest.raises(DepartedError, match="person"):
            await page(register.connection, "person", "", [], "", 10)
        await register.connection.execute("DELETE FROM person")
        with pytest.raises(DepartedError, match="person"):
            await get(register.connection, "person", "p-1")


async def test_of_two_changes_of_one_revision_the_second_is_refused(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        read = await register.person()
        changed = await update(register.connection, read, "suspended", name="周捷")
        assert (changed.state, changed.revision, changed.columns["name"]) == ("suspended", 2, "周捷")
        with pytest.raises(ConflictError, match="its revision is now 2"):
            await update(register.connection, read, "left")


async def test_one_number_of_an_agency_is_one_person(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        await register.person()
        await register.person("p-2", agency=OTHER)
        with pytest.raises(asyncpg.UniqueViolationError):
            await register.person("p-3")


async def test_equal_values_change_nothing(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        values = {"uscc": AGENCY, "name": "局", "region": "320500"}
        before, after = await put(register.connection, "agency", values)
        assert before is after
        assert after.version == 1
        before, after = await put(register.connection, "agency", values | {"name": "公安局"})
        assert (before and before.content["name"], after.content["name"], after.version) == ("局", "公安局", 2)
        with pytest.raises(DepartedError):  # the change is not recorded
            await put(register.connection, "agency", values)


async def test_a_body_gets_the_next_version(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        for version in (1, 2):
            row = await put_version(register.connection, "dataset", "d", {"id": "d", "name": "数"}, source=AGENCY)
            await register.record(row)
            assert row.version == version
        found = await get(register.connection, "dataset", "d")
        assert found is not None
        assert (found.revision, found.body) == (2, {"id": "d", "name": "数", "version": 2})
        assert [item.revision for item in await page(register.connection, "dataset", "", [], "", 10)] == [2]


async def test_pages_are_ordered_by_id_and_filtered(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        for number in range(1, 6):
            await register.person(f"p-{number}", number=str(number), agency=AGENCY if number % 2 else OTHER)
        found = await page(register.connection, "person", "agency = $1", [AGENCY], "p-1", 1)
        assert [item.id for item in found] == ["p-3"]
        assert len(await page(register.connection, "person", "", [], "", 10)) == 5


async def test_each_agency_told_of_an_entry_has_an_event(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        row = (await put(register.connection, "agency", {"uscc": AGENCY, "name": "新", "region": "320500"}))[1]
        await register.record(row, AGENCY, OTHER)
        events = await register.connection.fetch("SELECT * FROM event ORDER BY agency")
        assert [(item["index"], item["agency"], item["register"], item["object"], item["kind"]) for item in events] == [
            (2, uscc, "agency", AGENCY, "agency.change") for uscc in (AGENCY, OTHER)
        ]
        leaves = await register.connection.fetch("SELECT at FROM ledger_entry WHERE index = 2")
        assert {item["at"] for item in events} == {leaves[0]["at"]}


def test_ids_say_nothing_and_differ() -> None:
    made = {new_id("ap") for _ in range(100)}
    assert len(made) == 100
    assert {len(item) for item in made} == {len("ap-") + 16}
