"""Histories of licenses: changes with author and reason, from events and their ledger entries."""

import asyncpg

from exchange.cli.tables import Column, Row, Said
from exchange.cli.texts import either, mark, say
from registry.ledger.search import entry
from registry.licenses.events import events_of
from registry.licenses.license import License
from registry.licenses.states import STATE_NAMES

HISTORY = (
    Column("at", "time"), Column("event", "event"), Column("state", "state"),
    Column("revision", "revision"), Column("system", "system"), Column("officer", "officer"),
    Column("why", "why"), Column("entry", "entry"),
)  # fmt: skip
_EVENTS = {
    "ISSUED": mark("issued"), "ACTIVATE": mark("activated"), "SUSPEND": mark("suspended"),
    "RESUME": mark("resumed"), "CANCEL": mark("cancelled"), "REVOKE": mark("revoked"),
    "SUPERSEDED": mark("superseded"), "EXPIRE": mark("expired"), "ANNOTATED": mark("annotated"),
    "FLAGGED": mark("flagged for review"), "UNFLAGGED": mark("review flag taken away"),
}  # fmt: skip


async def history_of(connection: asyncpg.Connection, license_: License) -> list[Row]:
    """Return a license's changes, oldest first; officer and reason are absent if they were erased.

    Raises:
        DepartedError: an event is missing, or is not as the ledger records it.
    """
    events = await events_of(connection, license_.identifier)
    entries = [(item, await entry(connection, item.index)) for item in events]
    return [
        {
            "at": event.at,
            "event": Said(event.event, say(_EVENTS[event.event])),
            "state": Said(event.state.value, either(event.state.value, STATE_NAMES[event.state])),
            "revision": event.revision,
            "system": getattr(recorded.leaf.facts, "system", None) if recorded else None,
            "officer": recorded.opening.officer if recorded and recorded.opening else None,
            "why": recorded.opening.request if recorded and recorded.opening else None,
            "entry": event.index,
        }
        for event, recorded in entries
    ]
