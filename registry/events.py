"""Events: which agencies get a notice of which entry of the ledger, as the leaves say."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from registry.ledger.leaf import Entry


async def note_events(connection: asyncpg.Connection, start: int, at: datetime, entries: Sequence[Entry]) -> None:
    """Store for whom the entries from index ``start`` on are news."""
    noted = [
        (index, agency, entry.facts.kind.partition(".")[0], getattr(entry.facts, "object", ""), entry.facts.kind, at)
        for index, entry in enumerate(entries, start)
        for agency in getattr(entry.facts, "told", ())
    ]
    if noted:
        await connection.executemany(
            "INSERT INTO event (index, agency, register, object, kind, at) VALUES ($1, $2, $3, $4, $5, $6)", noted
        )
