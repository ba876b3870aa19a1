"""No edit by SQL makes a license valid on a published status list."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import asyncpg
import httpx
import pytest

from exchange.demo.city import City
from exchange.licensing import publication
from exchange.licensing.publication import StatusLists
from exchange.node.wiring.folder import open_folder
from exchange.node.wiring.web import _seal_of
from keys.evidence import Verdict
from keys.license import check_license
from keys.statuslist import Status
from keys.trust import TrustBundle
from registry.errors import DepartedError
from registry.licenses.listed import states
from registry.licenses.states import Change
from tests.support.departing import database, refusal
from tests.support.permits import PERMIT, SETTLE, desk, issued, status_list


async def test_a_license_that_was_revoked_is_not_valid_by_an_edit(city: City) -> None:
    connection = await database(city)
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.REVOKE, "骗取")
    event = "UPDATE license_event SET state = $2 WHERE identifier = $1 AND event = 'REVOKE'"
    await connection.execute(
        "UPDATE license SET state = 'valid', why = '', revision = 1 WHERE identifier = $1", held.identifier
    )
    await connection.execute(event, held.identifier, "valid")
    async with city.license_client("talent-settlement") as client:
        assert await refusal(lambda: client.state(SETTLE, identifier=held.identifier)) == "LEDGER_DISAGREES"
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        await asyncio.to_thread(status_list, held.envelope)
    await connection.execute(
        "UPDATE license SET state = 'revoked', why = '骗取', revision = 2 WHERE identifier = $1", held.identifier
    )
    await connection.execute(event, held.identifier, "revoked")
    async with city.license_client("talent-settlement") as client:
        assert (await client.state(SETTLE, identifier=held.identifier)).state.value == "revoked"
    await connection.close()


async def published_after(city: City, item: str, *edits: str) -> dict[int, Status]:
    """The states of a license's list after edits of its rows, which are undone."""
    connection = await database(city)
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    number = await connection.fetchval("SELECT status_list FROM license WHERE identifier = $1", item)
    for edit in edits:
        assert (await connection.execute(f"{edit} WHERE identifier = $1", item)).split()[-1] != "0", edit
    try:
        return dict(await states(connection, number))
    finally:
        await behind.rollback()
        await connection.close()


@pytest.mark.parametrize(
    "edits",
    [
        ["UPDATE license SET state = 'valid'"],
        ["UPDATE license SET state = 'valid'", "UPDATE license_event SET state = 'valid', revision = 1"],
        ["UPDATE license SET state = 'expired'", "UPDATE license_event SET state = 'expired'"],
        ["UPDATE license SET status_list = status_list + 1000"],
        ["UPDATE license SET status_index = status_index + 1"],
        ["DELETE FROM license"],
    ],
    ids=["row", "row and event", "expired", "another list", "another place", "no row"],
)
async def test_no_edit_publishes_a_revoked_license_as_valid(city: City, edits: list[str]) -> None:
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.REVOKE, "骗取")
        await client.annotate(PERMIT, held, "待核")
    assert Status.INVALID in (await published_after(city, held.identifier)).values()
    with pytest.raises(DepartedError):
        await published_after(city, held.identifier, *edits)


async def test_an_event_of_a_change_cannot_be_edited_to_an_issue(city: City) -> None:
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.REVOKE, "骗取")
    with pytest.raises(asyncpg.UniqueViolationError):
        await published_after(city, held.identifier, "UPDATE license_event SET event = 'ISSUED'")


async def test_no_edit_publishes_a_license_as_valid_that_was_not_activated(city: City) -> None:
    connection = await database(city)
    held = await issued(city)
    behind = connection.transaction()
    await behind.start()
    await connection.execute("UPDATE license_type SET body = body || '{\"activation\": true}'")
    number = await connection.fetchval("SELECT status_list FROM license WHERE identifier = $1", held.identifier)
    assert await states(connection, number)
    await connection.execute("UPDATE license SET changed_at = now() WHERE identifier = $1", held.identifier)
    with pytest.raises(DepartedError):
        await states(connection, number)
    await behind.rollback()
    await connection.close()


def status(city: City, text: str, listed: str) -> Verdict:
    """Return the verdict about a license by a status list."""
    return check_license(text, TrustBundle.load(city.trust), datetime.now(UTC), status_list=listed).verdict


async def test_a_list_that_is_put_back_is_signed_again(city: City) -> None:
    connection = await database(city)
    held = await issued(city)
    valid = await asyncio.to_thread(status_list, held.envelope)
    number = await connection.fetchval("SELECT status_list FROM license WHERE identifier = $1", held.identifier)
    last = "issued_at = (SELECT max(issued_at) FROM status_publication WHERE list = $1) AND list = $1"
    old = await connection.fetchrow(f"SELECT jwt, cwt FROM status_publication WHERE {last}", number)
    async with desk(city) as client:
        await client.change(PERMIT, held, Change.REVOKE, "骗取")
    revoked = await asyncio.to_thread(status_list, held.envelope)
    assert [status(city, held.envelope, item) for item in (valid, revoked)] == [Verdict.VALID, Verdict.INVALID]
    edit = f"UPDATE status_publication SET jwt = $2, cwt = $3 WHERE {last}"
    await connection.execute(edit, number, *old.values())
    await connection.close()
    shown = await asyncio.to_thread(status_list, held.envelope)
    assert status(city, held.envelope, shown) is Verdict.INVALID


FUTURE = """
UPDATE status_publication p SET changes = s.changes, issued_at = now() + interval '1 hour' FROM status_list s
WHERE p.list = $1 AND s.list = $1
"""


@pytest.mark.parametrize(
    "edit", ["UPDATE status_list SET changes = changes - 1 WHERE list = $1", FUTURE], ids=["changes", "future"]
)
async def test_an_outdated_list_is_not_published_after_an_edit(
    city: City, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    connection = await database(city)
    held = await issued(city)
    async with open_folder(city.settings) as folder:
        lists = StatusLists(partial(_seal_of, folder.vault), city.settings.status_uri)
        number = await connection.fetchval("SELECT status_list FROM license WHERE identifier = $1", held.identifier)
        await connection.execute("DELETE FROM status_publication WHERE list = $1", number)
        before = await lists.current(connection, number)
        assert (await lists.current(connection, number)) == before
        async with desk(city) as client:
            await client.change(PERMIT, held, Change.REVOKE, "骗取")
        behind = connection.transaction()
        await behind.start()
        assert await connection.execute(edit, number) == "UPDATE 1"
        monkeypatch.setattr(publication, "TTL_SECONDS", 0)
        shown = (await lists.current(connection, number)).jwt
        await behind.rollback()
    await connection.close()
    assert status(city, held.envelope, before.jwt) is Verdict.VALID
    assert status(city, held.envelope, shown) is Verdict.INVALID


@pytest.mark.parametrize("table", ["seal", "certificate"])
async def test_a_departed_seal_signs_no_status_list(city: City, table: str) -> None:
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.SUSPEND, "待核")
    connection = await database(city)
    which = f"agency = (SELECT issuer FROM license WHERE identifier = '{held.identifier}')"
    if table == "certificate":
        which = f"fingerprint IN (SELECT certificate FROM seal WHERE {which})"
    column = {"seal": "custodian", "certificate": "issuer"}[table]
    edit = f"UPDATE {table} SET {column} = {{}} WHERE {which}"
    await connection.execute(edit.format(f"{column} || 'x'"))
    try:
        with pytest.raises(httpx.HTTPStatusError, match="503"):
            await asyncio.to_thread(status_list, held.envelope)
    finally:
        await connection.execute(edit.format(f"rtrim({column}, 'x')"))
    assert await asyncio.to_thread(status_list, held.envelope)
    await connection.close()
