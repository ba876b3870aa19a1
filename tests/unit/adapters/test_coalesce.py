"""Lookups share statements under load, and someone alone never waits for others."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.coalesce import Coalescer
from adapters.errors import SlowError
from adapters.source import Fetched
from registry.identifiers import SubjectKind

_HOURS = 3600.0


class _Department:
    """Answers every statement with nothing, and keeps what each one asked for."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []

    async def fetch_many(self, _kind: SubjectKind, keys: Sequence[str], _fields: Sequence[str]) -> Fetched:
        self.statements.append(list(keys))
        await asyncio.sleep(0)
        return Fetched({}, datetime.now(UTC))


async def _ask(coalescer: Coalescer, *keys: str, seconds: float = 20.0) -> list[object]:
    asked = [coalescer.fetch(SubjectKind.CITIZEN_ID, [key], ["name"], seconds) for key in keys]
    return await asyncio.gather(*asked, return_exceptions=True)


def test_one_caller_after_another_never_waits_for_the_pace() -> None:
    department = _Department()

    async def story() -> None:
        coalescer = Coalescer(department.fetch_many, pace=_HOURS)
        for key in "abc":
            assert not any(isinstance(found, Exception) for found in await _ask(coalescer, key))

    asyncio.run(story())
    assert department.statements == [["a"], ["b"], ["c"]]


def test_callers_who_come_together_share_a_statement_and_those_who_follow_share_the_next() -> None:
    department = _Department()

    async def story() -> None:
        coalescer = Coalescer(department.fetch_many, pace=0.2)
        await _ask(coalescer, *"abcde")
        first = asyncio.create_task(_ask(coalescer, "f"))
        await asyncio.sleep(0.02)
        await asyncio.gather(first, _ask(coalescer, "g"))

    asyncio.run(story())
    assert department.statements == [list("abcde"), ["f", "g"]]


def test_whoever_cannot_wait_for_the_pace_is_told_and_never_asked_for() -> None:
    department = _Department()

    async def story() -> None:
        coalescer = Coalescer(department.fetch_many, pace=0.5)
        await _ask(coalescer, *"abcde")
        (found,) = await _ask(coalescer, "f", seconds=0.01)
        assert isinstance(found, SlowError)
        await coalescer.close()

    asyncio.run(story())
    assert department.statements == [list("abcde")]


def test_a_lane_that_nobody_uses_leaves_nothing_behind() -> None:
    department = _Department()

    async def story() -> Coalescer:
        coalescer = Coalescer(department.fetch_many, pace=0.0)
        for number in range(100):
            await coalescer.fetch(SubjectKind.CITIZEN_ID, ["a"], [f"field{number}"], 20.0)
        await coalescer.close()
        return coalescer

    coalescer = asyncio.run(story())
    kept = [value for value in vars(coalescer).values() if isinstance(value, dict)]
    assert kept
    assert not any(kept)
