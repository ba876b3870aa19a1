"""Tests of coalescing: lookups share statements under load, and single lookups do not wait."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.coalesce import Coalescer
from adapters.errors import SlowError
from adapters.source import Fetched
from registry.identifiers import SubjectKind

_HOURS = 3600.0


class _Department:
    """Answers every statement with no records, and keeps the requested keys."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []

    async def fetch_many(self, _kind: SubjectKind, keys: Sequence[str], _fields: Sequence[str]) -> Fetched:
        self.statements.append(list(keys))
        await asyncio.sleep(0)
        return Fetched({}, datetime.now(UTC))


async def _ask(coalescer: Coalescer, *keys: str, seconds: float = 20.0) -> list[object]:
    asked = [coalescer.fetch(SubjectKind.CITIZEN_ID, [key], ["name"], seconds) for key in keys]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_one_caller_after_another_never_waits_for_the_pace() -> None:
    department = _Department()

    coalescer = Coalescer(department.fetch_many, pace=_HOURS)
    for key in "abc":
        assert not any(isinstance(found, Exception) for found in await _ask(coalescer, key))
    assert department.statements == [["a"], ["b"], ["c"]]


async def test_callers_who_come_together_share_a_statement() -> None:
    department = _Department()

    coalescer = Coalescer(department.fetch_many, pace=0.2)
    await _ask(coalescer, *"abcde")
    first = asyncio.create_task(_ask(coalescer, "f"))
    await asyncio.sleep(0.02)
    await asyncio.gather(first, _ask(coalescer, "g"))
    assert department.statements == [list("abcde"), ["f", "g"]]


async def test_a_caller_that_cannot_wait_for_the_pace_fails_without_a_lookup() -> None:
    department = _Department()

    coalescer = Coalescer(department.fetch_many, pace=0.5)
    await _ask(coalescer, *"abcde")
    (found,) = await _ask(coalescer, "f", seconds=0.01)
    assert isinstance(found, SlowError)
    await coalescer.close()
    assert department.statements == [list("abcde")]


async def test_a_hanging_lookup_delays_others_only_while_a_caller_waits_for_it() -> None:
    asked: list[str] = []

    async def fetch_many(_kind: SubjectKind, keys: Sequence[str], _fields: Sequence[str]) -> Fetched:
        asked.extend(keys)
        if "hangs" in keys:
            await asyncio.sleep(_HOURS)
        return Fetched({}, datetime.now(UTC))

    coalescer = Coalescer(fetch_many, pace=0.0)
    first = asyncio.create_task(_ask(coalescer, "hangs", seconds=0.2))
    await asyncio.sleep(0.05)
    late, gone = (
        asyncio.create_task(_ask(coalescer, "late", seconds=5.0)),
        asyncio.create_task(_ask(coalescer, "gone")),
    )
    await asyncio.sleep(0.05)
    gone.cancel()
    assert isinstance((await first)[0], SlowError)
    assert isinstance((await late)[0], Fetched)
    await coalescer.close()
    assert asked == ["hangs", "late"]


async def test_a_statement_that_cannot_be_ended_keeps_its_lane() -> None:
    asked: list[str] = []

    async def fetch_many(_kind: SubjectKind, keys: Sequence[str], _fields: Sequence[str]) -> Fetched:
        asked.extend(keys)
        await asyncio.sleep(0.6)
        return Fetched({}, datetime.now(UTC))

    coalescer = Coalescer(fetch_many, pace=0.0, ends=False)
    for _ in range(3):
        assert isinstance((await _ask(coalescer, "a", seconds=0.1))[0], SlowError)
    await coalescer.close()
    assert asked == ["a"]


async def test_a_malformed_record_fails_only_its_caller_in_a_shared_statement() -> None:
    statements: list[list[str]] = []

    async def fetch_many(_kind: SubjectKind, keys: Sequence[str], _fields: Sequence[str]) -> Fetched:
        statements.append(list(keys))
        return Fetched({"good": [{"name": "good"}]}, datetime.now(UTC), malformed={"bad": "day: no day"}, single=True)

    good, bad = await _ask(Coalescer(fetch_many, pace=0.0), "good", "bad")
    assert isinstance(good, Fetched)
    assert isinstance(bad, Fetched)
    assert (dict(good.records), dict(good.malformed)) == ({"good": [{"name": "good"}]}, {})
    assert (dict(bad.records), dict(bad.malformed), bad.single) == ({}, {"bad": "day: no day"}, True)
    assert len(statements) == 1


async def test_an_unused_lane_is_removed() -> None:
    department = _Department()

    async def story() -> Coalescer:
        coalescer = Coalescer(department.fetch_many, pace=0.0)
        for number in range(100):
            await coalescer.fetch(SubjectKind.CITIZEN_ID, ["a"], [f"field{number}"], 20.0)
        await coalescer.close()
        return coalescer

    coalescer = await story()
    kept = [value for value in vars(coalescer).values() if isinstance(value, dict)]
    assert kept
    assert not any(kept)
