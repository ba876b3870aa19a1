"""Recording of expired licenses; answers report them as expired even before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg

from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.licensing.entries import about
from registry.agencies import System
from registry.basis import Basis
from registry.china import CHINA
from registry.content import stored_rows
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Pseudonyms
from registry.licenses import events, records
from registry.licenses.license import License
from registry.licenses.life import Change, check_transition
from registry.register import Register

_BATCH = 500


async def record_expired(
    connection: asyncpg.Connection, register: Register, appender: TransactionalAppender, pseudonyms: Pseudonyms
) -> int:
    """Record every license past its end, in batches, each with its entry and event; return how many."""
    total = 0
    while True:
        async with connection.transaction():
            names = await records.ended_before(connection, datetime.now(CHINA).date(), _BATCH)
            ended = await records.locked_as_recorded(connection, names)
            if not ended:
                return total
            await _expire(connection, ended, register, appender, pseudonyms)
            total += len(ended)


async def _expire(
    connection: asyncpg.Connection,
    ended: Sequence[License],
    register: Register,
    appender: TransactionalAppender,
    pseudonyms: Pseudonyms,
) -> None:
    now = datetime.now(UTC)
    fresh, entries = [], []
    for item in ended:
        state = check_transition(Change.EXPIRE, item.state)
        await records.set_state(connection, item.identifier, state, "", now)
    rows = await stored_rows(connection, "license", [item.identifier for item in ended])
    for item in ended:
        fresh.append(replace(item, state=state, revision=item.revision + 1))
        registry = Requester(register.agencies[item.issuer], System("registry", item.issuer, "registry"))
        act = about(RegisterAct("expire", Basis("", "", "", "")), item)
        entries.append(
            permit_entry(registry, act, "EXPIRE", item.digest, item.issuer, pseudonyms, rows[item.identifier])
        )
    appended = await appender.record(connection, entries)
    start = appended.growth.start
    await events.add_events(
        connection,
        [
            events.LicenseEvent(
                start + at, item.identifier, item.type, item.issuer, "EXPIRE", item.state, item.revision, now
            )
            for at, item in enumerate(fresh)
        ],
    )
