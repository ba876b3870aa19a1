"""Contract tests of recorders: the ledger in this process, an appender, and the node's ledger writer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from keys.notes import NoteSigner
from keys.receipt import Receipt
from registry.database import Database
from registry.errors import LedgerError
from registry.ledger.appender import TransactionalAppender
from registry.ledger.direct import DirectLedger
from registry.ledger.leaf import Entry, Opening
from registry.ledger.recorder import HandedOverError, Recorder
from registry.ledger.remote import RemoteLedger
from registry.ledger.verify import verify_ledger
from registry.ledger.writer import LedgerWriter
from tests.support.ledgers import facts, ledger

Open = Callable[[str, NoteSigner, Path], AsyncIterator[Recorder]]


def entry(number: int) -> Entry:
    return Entry(
        facts(subjects=number + 1), Opening(f"citizen_id:{number}", "王科员", "case\x00", "ab"), (number.to_bytes(16),)
    )


@asynccontextmanager
async def by_writer(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Recorder]:
    with TemporaryDirectory() as socket_dir:
        socket = Path(socket_dir) / "ledger.sock"
        async with ledger(url, signer, folder) as log:
            writer = LedgerWriter(log, socket)
            remote = RemoteLedger(socket)
            opening = asyncio.create_task(remote.open())  # a worker may be there before its ledger writer
            await writer.open()
            await opening
            try:
                yield remote
            finally:
                await remote.close()
                await writer.close(1)


@asynccontextmanager
async def by_appender(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Recorder]:
    database = Database(url)
    try:
        yield DirectLedger(database, TransactionalAppender([signer], [signer.key], folder / "checkpoint"))
    finally:
        await database.close()


@pytest.fixture(params=[ledger, by_appender, by_writer], ids=["here", "appender", "writer"])
def recorder(request: pytest.FixtureRequest) -> Open:
    return request.param  # type: ignore[no-any-return]


async def test_every_entry_has_a_receipt_of_its_own_leaf_that_proves_it(
    recorder: Open, url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with recorder(url, note_signer, tmp_path) as log:
        receipts = [await log.record(entry(0))]
        together = await asyncio.gather(*[log.record(entry(number)) for number in range(1, 400)])
        receipts += [*together, *await log.record_all([entry(number) for number in range(400, 5000)])]
        assert await log.record_all([]) == []
    for number, text in enumerate(receipts):
        receipt = Receipt.parse(text)
        receipt.verify([note_signer.key])
        assert f'"subjects":{number + 1},'.encode() in receipt.leaf
    indexes = [Receipt.parse(text).index for text in receipts]
    assert sorted(indexes) == list(range(5000))
    assert indexes[400:] == list(range(400, 5000))  # side by side, in order
    verified = await verify_ledger(url, [note_signer.key])  # opens every commitment
    assert (verified.clean, verified.size) == (True, 5000)


async def test_a_failed_commit_fails_each_caller_and_the_next_commit_succeeds(
    recorder: Open, url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(connection: asyncpg.Connection, *_: object, **__: object) -> None:
        connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError("broken by the test")

    async with recorder(url, note_signer, tmp_path) as log:
        await log.record(entry(0))
        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.Connection, "fetchval", broken)
            told = await asyncio.gather(*[log.record(entry(1)) for _ in range(3)], return_exceptions=True)
        assert [type(item) for item in told] == [LedgerError] * 3
        Receipt.parse(await log.record(entry(2))).verify([note_signer.key])
    assert (await verify_ledger(url, [note_signer.key])).size == 2


async def test_the_end_of_one_caller_does_not_affect_others(
    recorder: Open, url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with recorder(url, note_signer, tmp_path) as log:
        gone = asyncio.create_task(log.record(entry(0)))
        stays = asyncio.create_task(log.record(entry(1)))
        await asyncio.sleep(0)
        gone.cancel()
        Receipt.parse(await stays).verify([note_signer.key])


async def test_an_entry_is_recorded_once_whenever_its_caller_is_cancelled(
    recorder: Open, url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    left = 0
    async with recorder(url, note_signer, tmp_path) as log:
        for number in range(60):
            gone = asyncio.create_task(log.record(entry(number)))
            await asyncio.sleep(number % 20 / 4000)  # 0 to 5 ms: before, while and after it is written
            gone.cancel()
            try:
                await gone
            except HandedOverError as handed:
                left += 1
                await handed.outcome
    assert left > 3
    verified = await verify_ledger(url, [note_signer.key])
    assert (verified.clean, verified.size) == (True, 60)


async def test_a_cancelled_caller_is_told_that_its_entry_is_not_recorded(
    recorder: Open, url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(connection: asyncpg.Connection, *_: object, **__: object) -> None:
        connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError("broken by the test")

    async with recorder(url, note_signer, tmp_path) as log:
        await log.record(entry(0))
        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.Connection, "fetchval", broken)
            gone = asyncio.create_task(log.record(entry(1)))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(HandedOverError) as left:
                await gone
            with pytest.raises(LedgerError):
                await left.value.outcome
    assert (await verify_ledger(url, [note_signer.key])).size == 1
