"""Fault tests of callers that leave at random moments: each call has exactly one entry."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from exchange.demo.city import City
from registry.connection import connect
from registry.ledger.search import Found
from tests.support.ask import APPLICANT, BASIS, IS_NAME, newest
from tests.support.permits import PERMIT, desk
from tests.support.permitted import whole

CALLS, AT_ONCE = 240, 6
FLUSHED = 1.5
"""The time after which a process has told its counts."""


def performed(city: City, method: str) -> int:
    """Return how many calls of a method the node has performed, by its own count."""
    text = httpx.get(f"http://127.0.0.1:{city.http_port}/metrics", timeout=10).text
    [calls] = [item for item in text_string_to_metric_families(text) if item.name == "yici_calls"]
    return sum(int(sample.value) for sample in calls.samples if sample.labels["method"] == method)


async def leave_at_random(city: City, method: str, call: Callable[[str], Awaitable[Any]]) -> tuple[list[Found], int]:
    """Make calls and cancel them after a random time; return their entries, and the answered calls.

    ``call`` makes the call of a case. As many entries are expected as calls that the node has performed: a call that is
    cancelled before its request is read is none.
    """
    rng, answered = random.Random(7), 0
    await call("first")  # connects
    begun = time.monotonic()
    await asyncio.gather(*[call("first") for _ in range(AT_ONCE)])
    seconds = 2 * (time.monotonic() - begun)  # so about half of the calls are answered
    await asyncio.sleep(FLUSHED)
    before, first = performed(city, method), (await newest(city))[0].index

    async def one(number: int) -> None:
        nonlocal answered
        calling = asyncio.ensure_future(call(f"left-{number}"))
        await asyncio.wait([calling], timeout=rng.uniform(0, seconds))
        calling.cancel()
        with suppress(asyncio.CancelledError):
            await calling
            answered += 1

    for start in range(0, CALLS, AT_ONCE):
        await asyncio.gather(*[one(number) for number in range(start, start + AT_ONCE)])
    found: list[Found] = []
    for _ in range(50):
        found = [entry for entry in await newest(city, 3 * CALLS) if entry.index > first]
        if len(found) == performed(city, method) - before:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(FLUSHED)  # and no more of either
    found = [entry for entry in await newest(city, 3 * CALLS) if entry.index > first]
    assert len(found) == performed(city, method) - before
    entries = Counter(entry.opening.case for entry in found if entry.opening)
    assert set(entries.values()) == {1}
    return found, answered


async def test_a_question_that_is_left_has_one_entry(city: City) -> None:
    async with city.client() as client:
        found, answered = await leave_at_random(
            city,
            "Verify",
            lambda case: client.verify(replace(BASIS, case=case), "identity.person", APPLICANT, [IS_NAME]),
        )
    decisions = Counter((entry.leaf.facts.decision, entry.leaf.facts.reason) for entry in found)
    assert decisions.keys() <= {("permit", "GRANTED"), ("fail", "CALLER_GONE")}
    assert decisions["permit", "GRANTED"] >= answered > 0


async def test_a_change_that_is_left_is_done_with_one_entry(city: City) -> None:
    async def issued() -> int:
        connection = await connect(city.world.postgres.replace("/departments", "/yici"))
        try:
            return int(await connection.fetchval("SELECT count(*) FROM license"))
        finally:
            await connection.close()

    before = await issued()
    async with desk(city) as client:
        found, answered = await leave_at_random(
            city, "IssueLicense", lambda case: client.issue(replace(PERMIT, case=case), "residence_permit", whole())
        )
    assert {(entry.leaf.facts.decision, entry.leaf.facts.reason) for entry in found} == {("permit", "ISSUED")}
    assert await issued() - before - 1 - AT_ONCE == len(found) > answered > 0
