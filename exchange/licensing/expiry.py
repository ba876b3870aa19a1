"""Recording of expired licenses by the node; answers report them as expired even before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import asyncpg

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Node
from exchange.acts.road import Road
from exchange.licensing.entries import subjects_of
from keys.leaf.facts import ActFacts
from registry.china import CHINA
from registry.content import Row, stored_rows
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry, Opening
from registry.licenses import records
from registry.licenses.events import add_events
from registry.licenses.license import License
from registry.licenses.states import TRANSITIONS, Change

EXPIRE = PlainAct("license", "expire", ends_with_caller=False)
_BATCH = 500


async def record_expired(road: Road, call: Call, pool: asyncpg.Pool, appender: TransactionalAppender) -> int | Refusal:
    """Record every license past its end, in batches, each with its entry and event; return how many.

    A batch is one act and one transaction. Licenses that are not as the ledger records them are passed over.
    """
    total, after = 0, (date.min, "")

    async def work(_: Permit[PlainAct]) -> int | None:
        """Record the next batch and return how many; None if there is none."""
        nonlocal after
        async with pool.acquire() as connection, connection.transaction():
            ends = await records.ended_before(connection, datetime.now(CHINA).date(), after, _BATCH)
            if not ends:
                return None
            ended = await records.locked_as_recorded(connection, [identifier for _, identifier in ends])
            if ended:
                await _expire(connection, ended, road, appender)
        after = ends[-1]
        return len(ended)

    while True:
        count = await perform(road, call, EXPIRE, work)
        if isinstance(count, Refusal):
            return count
        if count is None:
            return total
        total += count


async def _expire(
    connection: asyncpg.Connection,
    ended: Sequence[License],
    road: Road,
    appender: TransactionalAppender,
) -> None:
    now = datetime.now(UTC)
    fresh = [
        replace(item, state=TRANSITIONS.after(Change.EXPIRE, item.state), revision=item.revision + 1) for item in ended
    ]
    for item in fresh:
        await records.set_state(connection, item.identifier, item.state, "", now)
    rows = await stored_rows(connection, "license", [item.identifier for item in ended])
    entries = [_entry(item, rows[item.identifier], road) for item in ended]
    appended = await appender.record(connection, entries)
    await add_events(connection, fresh, "EXPIRE", appended)


def _entry(item: License, row: Row, road: Road) -> Entry:
    subjects = subjects_of(item)
    facts = ActFacts(
        EXPIRE.action, "permit", "EXPIRE", source=item.issuer, dataset=f"license.{item.type}", subjects=len(subjects),
        answer=item.digest, operator=Node().known_by,
    )  # fmt: skip
    return Entry(facts, Opening(subjects[0]), road.pseudonyms.of_all(subjects), row)
