"""Tests of the ledger's clock: time never decreases, for any writer and clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest

from keys.notes import NoteSigner
from keys.receipt import Receipt
from registry.connection import connect
from registry.errors import LedgerClockError, RuleError
from registry.ledger import clock
from registry.ledger.appender import TransactionalAppender
from registry.ledger.chunk import check_chunk
from registry.ledger.group_commit import Ledger
from registry.ledger.leaf import Opening
from registry.ledger.remote import RemoteLedger
from registry.ledger.verify import verify_ledger
from registry.ledger.writer import LedgerWriter
from tests.support.ledgers import entry

WORD = Opening(officer="operator:a", request="NTP was off")


class Shifted:
    """This machine's clock with an offset."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by


class Kept:
    """Return a ledger, an appender to the same log, and the clock of both."""

    def __init__(self, url: str, signer: NoteSigner, folder: Path) -> None:
        self.clock, self.url, self.keys = Shifted(), url, [signer.key]
        self.ledger = Ledger(url, [signer], self.keys, folder / "checkpoint", self.clock)
        self.appender = TransactionalAppender([signer], self.keys, folder / "checkpoint", self.clock)

    async def by_ledger(self, count: int = 1) -> None:
        await self.ledger.record_all([entry(number) for number in range(count)])

    async def by_appender(self) -> None:
        await self._in_transaction(lambda connection: self.appender.record(connection, [entry(1)]))

    async def confirm(self) -> None:
        await self._in_transaction(lambda connection: self.appender.confirm_clock(connection, WORD, "login"))

    async def _in_transaction(self, work: Any) -> None:
        connection = await connect(self.url)
        try:
            async with connection.transaction():
                await work(connection)
        finally:
            await connection.close()

    async def times(self) -> list[datetime]:
        connection = await connect(self.url)
        leaves = [row["leaf"] for row in await connection.fetch("SELECT leaf FROM ledger_entry ORDER BY index")]
        await connection.close()
        return [datetime.fromisoformat(orjson.loads(leaf)["at"]) for leaf in leaves]


@pytest.mark.parametrize("writer", ["by_ledger", "by_appender"])
async def test_a_clock_that_is_a_second_behind_keeps_the_former_time(
    url: str, note_signer: NoteSigner, tmp_path: Path, writer: str
) -> None:
    kept = Kept(url, note_signer, tmp_path)
    await kept.ledger.open()
    await kept.by_ledger(300)
    kept.clock.by = timedelta(seconds=-1)
    await getattr(kept, writer)()
    await kept.by_ledger(300)
    times = await kept.times()
    assert times[300] == times[299] == times[600]
    assert (await verify_ledger(url, kept.keys)).clean
    await kept.ledger.close()


@pytest.mark.parametrize("writer", ["by_ledger", "by_appender"])
async def test_a_clock_set_back_by_hours_records_nothing_until_confirmed(
    url: str, note_signer: NoteSigner, tmp_path: Path, writer: str
) -> None:
    kept = Kept(url, note_signer, tmp_path)
    kept.clock.by = timedelta(hours=2)
    await kept.ledger.open()
    await kept.by_ledger(5)
    kept.clock.by = timedelta(0)
    for _ in range(2):
        with pytest.raises(LedgerClockError, match=r"(2:00:00|1:59:\d\d) behind the last entry"):
            await getattr(kept, writer)()
        with pytest.raises(LedgerClockError, match="yici ledger clock"):
            await kept.ledger.require_fit()
    assert len(await kept.times()) == 5
    await kept.confirm()
    await getattr(kept, writer)()
    await kept.by_ledger()
    assert await kept.times() == sorted((await kept.times())[:5]) + sorted((await kept.times())[5:])
    found = await verify_ledger(url, kept.keys)
    assert [(step.index, step.explained, round(step.back / timedelta(hours=1))) for step in found.steps] == [
        (5, True, 2)
    ]
    assert found.clean
    with pytest.raises(RuleError, match="nothing to confirm"):
        await kept.confirm()
    await kept.ledger.close()


async def test_a_step_back_that_no_operator_explained_is_named_and_not_clean(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(url, note_signer, tmp_path)
    kept.clock.by = timedelta(hours=2)
    await kept.ledger.open()
    await kept.by_ledger(3)
    kept.clock.by = timedelta(0)
    with monkeypatch.context() as patch:  # a node of before
        patch.setattr("registry.ledger.append.time_after", lambda _, now: now)
        patch.setattr("registry.ledger.append.is_behind", lambda *_: False)
        await kept.by_ledger(2)
    found = await verify_ledger(url, kept.keys)
    assert [(step.index, step.explained) for step in found.steps] == [(3, False)]
    assert not found.wrong
    assert not found.clean
    assert (await check_chunk(url, 3, 5)).steps == found.steps  # where a chunk begins, too
    await kept.ledger.close()


async def test_a_clock_that_was_put_right_needs_no_word(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    kept = Kept(url, note_signer, tmp_path)
    await kept.ledger.open()
    await kept.by_ledger()
    kept.clock.by = timedelta(days=-1)
    with pytest.raises(LedgerClockError):
        await kept.by_ledger()
    kept.clock.by = timedelta(0)
    await kept.by_ledger()
    assert (await verify_ledger(url, kept.keys)).clean
    await kept.ledger.close()


async def test_a_worker_gets_the_clocks_doubt_from_its_writer(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    kept = Kept(url, note_signer, tmp_path)
    await kept.ledger.open()
    await kept.by_ledger()
    kept.clock.by = timedelta(hours=-1)
    with TemporaryDirectory() as socket_dir:
        writer, worker = LedgerWriter(kept.ledger, Path(socket_dir) / "s"), RemoteLedger(Path(socket_dir) / "s")
        await writer.open()
        await worker.open()
        with pytest.raises(LedgerClockError, match="1:00:00 behind"):
            await worker.record(entry(2))
        with pytest.raises(LedgerClockError):
            await worker.ping()
        kept.clock.by = timedelta(0)
        assert Receipt.parse(await worker.record(entry(2))).index == 1
        await worker.close()
        await writer.close(1)
    await kept.ledger.close()


def test_the_time_of_an_entry_is_the_one_at_which_it_was_appended() -> None:
    last = datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.time_after(None, last) == last
    assert clock.time_after(last, last + timedelta(hours=1)) == last + timedelta(hours=1)
    assert clock.time_after(last, last - timedelta(seconds=2)) == last
    with pytest.raises(LedgerClockError):
        clock.time_after(last, last - timedelta(seconds=2.001))


def test_an_operator_s_word_explains_the_step_that_it_names_and_no_other() -> None:
    last = datetime(2026, 11, 28, 12, tzinfo=UTC)
    word = clock.confirmation(last, WORD, "login").facts._asdict()
    assert clock.explains(word, last)
    assert not clock.explains(word, last + timedelta(hours=1))
    assert not clock.explains({**word, "kind": "exchange.verify"}, last)
