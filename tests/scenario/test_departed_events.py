"""Scenario tests of license events that are not as the ledger records them: they are not shown."""

import asyncio
import os

import pytest

from exchange.client import ExchangeError
from exchange.demo.city import City
from registry.errors import DepartedError
from registry.licenses.events import events_after, events_of
from registry.licenses.states import Change
from tests.support import terminal
from tests.support.departing import database
from tests.support.permits import PERMIT, SERVICE, desk, issued

EDITS = {
    "state": "UPDATE license_event SET state = 'valid' WHERE index = $1",
    "event": "UPDATE license_event SET event = 'ANNOTATED' WHERE index = $1",
    "type": "UPDATE license_event SET type = 'real_estate' WHERE index = $1",
    "issuer": "UPDATE license_event SET issuer = '113205000000140900' WHERE index = $1",
    "revision": "UPDATE license_event SET revision = 9 WHERE index = $1",
    "time": "UPDATE license_event SET at = at - interval '1 day' WHERE index = $1",
    "license": "UPDATE license_event SET identifier = (SELECT max(identifier) FROM license WHERE identifier <> "
    "license_event.identifier) WHERE index = $1",
    "row": "DELETE FROM license WHERE identifier = (SELECT identifier FROM license_event WHERE index = $1)",
    "entry": "UPDATE license_event SET index = index + 100000 WHERE index = $1",
}  # fmt: skip


async def suspended(city: City) -> str:
    """Return the identifier of a license that was suspended, then annotated."""
    held = await issued(city)
    async with desk(city) as client:
        held = await client.change(PERMIT, held, Change.SUSPEND, "证件遗失")
        await client.annotate(PERMIT, held, "待核")
    return held.identifier


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
async def test_an_edited_event_is_not_read(city: City, edit: str) -> None:
    identifier = await suspended(city)
    connection = await database(city)
    _, event, _ = await events_of(connection, identifier)
    assert event in await events_after(connection, event.index - 1, ["residence_permit"], [], [])
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    assert await connection.execute(edit, event.index) in ("UPDATE 1", "DELETE 1")
    with pytest.raises(DepartedError):
        await events_after(connection, event.index - 2, ["residence_permit", "real_estate"], [], [])
    await behind.rollback()
    await connection.close()


async def test_a_history_without_one_of_its_events_is_not_read(city: City) -> None:
    identifier = await suspended(city)
    connection = await database(city)
    behind = connection.transaction()
    await behind.start()
    await connection.execute("DELETE FROM license_event WHERE identifier = $1 AND event = 'SUSPEND'", identifier)
    with pytest.raises(DepartedError):
        await events_of(connection, identifier)
    await behind.rollback()
    await connection.close()


async def test_an_edited_event_ends_streams_and_is_not_shown(city: City) -> None:
    identifier = await suspended(city)
    connection = await database(city)
    [_, event, _] = await events_of(connection, identifier)
    await connection.execute("UPDATE license_event SET state = 'valid' WHERE index = $1", event.index)
    try:
        async with city.license_client("citizen-portal") as client:

            async def listen() -> None:
                async for _ in client.watch(SERVICE, ["residence_permit"], resume_token=str(event.index - 1)):
                    pass

            with pytest.raises(ExchangeError, match="LEDGER_DISAGREES"):
                await asyncio.wait_for(listen(), 20)
        shown = await asyncio.to_thread(
            terminal.run,
            "license",
            "state",
            identifier,
            "--data",
            city.data,
            environment=os.environ | {"YICI_LANG": "en"},
        )
        assert (shown.returncode, shown.stdout) == (1, "")
        assert "license: what is on record is not as the ledger records it" in shown.stderr
    finally:
        await connection.execute("UPDATE license_event SET state = 'suspended' WHERE index = $1", event.index)
        await connection.close()
