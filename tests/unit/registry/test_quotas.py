"""Tests of quotas: never exceeded by concurrent workers, and unspent amounts are returned."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from keys.notes import NoteSigner
from registry import quotas
from registry.connection import connect
from registry.database import Database
from registry.loading import load
from registry.quotas import Quotas
from registry.registrar import Registrar
from tests.support.ledgers import appender
from tests.support.registers import files, grant

__all__ = ["files"]


@asynccontextmanager
async def granted(
    url: str, signer: NoteSigner, files: list[Path], database: type[Database] = Database
) -> AsyncIterator[Database]:
    """Create a database with one grant."""
    found = database(url)
    registrar = Registrar(found, appender(signer), "tester")
    await load(files, registrar)
    await registrar.add_grants([grant()])
    yield found
    await found.close()


async def test_two_workers_never_exceed_a_quota(url: str, note_signer: NoteSigner, files: list[Path]) -> None:
    async with granted(url, note_signer, files) as database:
        limited = grant(daily_quota=100)
        workers = [Quotas(database), Quotas(database)]
        taken = await asyncio.gather(*[worker.take(limited, 1) for _ in range(80) for worker in workers])
        assert sum(map(bool, taken)) <= 100
        for worker in workers:
            await worker.close()
        fresh = Quotas(database)
        taken += [await fresh.take(limited, 1) for _ in range(100)]
        assert sum(map(bool, taken)) == 100
        assert await Quotas(database).take(grant(), 10_000)  # no quota, no limit


async def test_a_lowered_quota_applies_at_once_and_refusals_take_nothing(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    async with granted(url, note_signer, files) as database:
        first, second = Quotas(database), Quotas(database)
        assert await first.take(grant(daily_quota=10_000), 1)
        assert not await first.take(grant(daily_quota=0), 1)
        assert not await first.take(grant(daily_quota=100), 1_000)
        taken = await second.take(grant(daily_quota=100), 99)
        assert taken
        assert not await second.take(grant(daily_quota=100), 1)
        second.settle(taken)
        assert await second.take(grant(daily_quota=100), 99)


async def test_unspent_quota_is_returned_to_its_day_after_midnight(
    url: str, note_signer: NoteSigner, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        day = 1

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2026, 3, cls.day, 0, 0, 1, tzinfo=tz)

    monkeypatch.setattr(quotas, "datetime", Clock)

    async with granted(url, note_signer, files) as database:
        limited, worker = grant(daily_quota=100), Quotas(database)
        before = await worker.take(limited, 90)
        Clock.day = 2
        assert before
        assert await worker.take(limited, 1)
        worker.settle(before)
        assert sum([bool(await worker.take(limited, 1)) for _ in range(150)]) == 99


async def test_unanswered_questions_use_no_quota(url: str, note_signer: NoteSigner, files: list[Path]) -> None:
    async with granted(url, note_signer, files) as database:
        limited, worker = grant(daily_quota=3), Quotas(database)
        for spent in (False, True):
            taken = await worker.take(limited, 3)
            assert taken
            taken.spent = spent
            worker.settle(taken)
        assert not await worker.take(limited, 1)


async def test_those_who_take_at_once_are_refused_only_when_there_is_not_enough(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    async with granted(url, note_signer, files) as database:
        limited, worker = grant(daily_quota=32), Quotas(database)
        assert await worker.take(limited, 1)
        assert all(await asyncio.gather(worker.take(limited, 2), worker.take(limited, 1), worker.take(limited, 28)))
        assert not await worker.take(limited, 1)


async def test_an_exhausted_quota_is_queried_rarely_and_found_when_renewed(
    url: str, note_signer: NoteSigner, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(quotas, "_USED_UP_SECONDS", 0.5)

    class Counting(Database):
        def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
            asked.append(1)
            return super().transaction()

    async with granted(url, note_signer, files, Counting) as database:
        limited = grant(daily_quota=3)
        first, second = Quotas(database), Quotas(database)
        assert all([await first.take(limited, 1) for _ in range(3)])
        asked.clear()
        assert not any([await second.take(limited, 1) for _ in range(50)])
        assert len(asked) == 1
        connection = await connect(url)
        await connection.execute("UPDATE quota_use SET used = 0")
        await connection.close()
        assert not await second.take(limited, 3)
        await asyncio.sleep(0.6)
        assert await second.take(limited, 3)
