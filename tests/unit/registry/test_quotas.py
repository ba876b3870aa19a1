"""A daily quota is never exceeded, whoever takes from it at once, and nothing is taken that comes to nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
from tests.ledgers import pen
from tests.registers import files, grant

__all__ = ["files"]


@asynccontextmanager
async def granted(
    url: str, signer: NoteSigner, files: list[Path], database: type[Database] = Database
) -> AsyncIterator[Database]:
    """A database with one grant on record."""
    found = database(url)
    registrar = Registrar(found, pen(signer), "tester")
    await load(files, registrar)
    await registrar.add_grants([grant()])
    yield found
    await found.close()


def test_two_workers_never_exceed_a_quota(url: str, note_signer: NoteSigner, files: list[Path]) -> None:
    async def run() -> None:
        async with granted(url, note_signer, files) as database:
            limited = grant(daily_quota=100)
            workers = [Quotas(database), Quotas(database)]
            taken = await asyncio.gather(*[worker.take(limited, 1) for _ in range(80) for worker in workers])
            assert sum(taken) <= 100
            for worker in workers:
                await worker.close()
            fresh = Quotas(database)
            rest = sum([await fresh.take(limited, 1) for _ in range(100)])
            assert sum(taken) + rest == 100
            assert await Quotas(database).take(grant(), 10_000)  # no quota, no limit

    asyncio.run(run())


def test_a_quota_that_was_lowered_binds_at_once_and_what_is_refused_takes_nothing(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    async def run() -> None:
        async with granted(url, note_signer, files) as database:
            first, second = Quotas(database), Quotas(database)
            assert await first.take(grant(daily_quota=10_000), 1)
            assert not await first.take(grant(daily_quota=0), 1)
            assert not await first.take(grant(daily_quota=100), 1_000)
            assert await second.take(grant(daily_quota=100), 99)
            assert not await second.take(grant(daily_quota=100), 1)
            second.give_back(grant(daily_quota=100), 99)
            assert await second.take(grant(daily_quota=100), 99)

    asyncio.run(run())


def test_those_who_take_at_once_are_refused_only_when_there_is_not_enough(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    async def run() -> None:
        async with granted(url, note_signer, files) as database:
            limited, worker = grant(daily_quota=32), Quotas(database)
            assert await worker.take(limited, 1)
            assert (
                await asyncio.gather(worker.take(limited, 2), worker.take(limited, 1), worker.take(limited, 28))
                == [True] * 3
            )
            assert not await worker.take(limited, 1)

    asyncio.run(run())


def test_a_quota_that_is_used_up_is_asked_for_once_in_a_while_and_then_found_again(
    url: str, note_signer: NoteSigner, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(quotas, "_USED_UP_SECONDS", 0.5)

    class Counting(Database):
        def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
            asked.append(1)
            return super().transaction()

    async def run() -> None:
        async with granted(url, note_signer, files, Counting) as database:
            limited = grant(daily_quota=3)
            first, second = Quotas(database), Quotas(database)
            assert [await first.take(limited, 1) for _ in range(3)] == [True] * 3
            asked.clear()
            assert not any([await second.take(limited, 1) for _ in range(50)])
            assert len(asked) == 1
            connection = await connect(url)
            await connection.execute("UPDATE quota_use SET used = 0")
            await connection.close()
            assert not await second.take(limited, 3)
            await asyncio.sleep(0.6)
            assert await second.take(limited, 3)

    asyncio.run(run())
