"""Tests of promise 1: entries of unknown outcome release nothing, whatever the ledger writer does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from registry.errors import LedgerError, StorageError
from registry.ledger import remote
from registry.ledger.frames import Frames
from registry.ledger.leaf import Entry, Opening
from registry.ledger.remote import RemoteLedger
from tests.support.ledgers import facts

ENTRY = Entry(facts(), Opening("s", "o", "c", "r"), (b"p" * 16,))


class Puppet(Frames):
    """A ledger writer that a test controls."""

    def __init__(self, taken: list[Any]) -> None:
        super().__init__()
        self._taken = taken

    def took(self, frame: Any) -> None:
        self._taken.append((self, frame))


@asynccontextmanager
async def puppet(socket: Path) -> AsyncIterator[list[Any]]:
    taken: list[Any] = []
    server = await asyncio.get_running_loop().create_unix_server(lambda: Puppet(taken), str(socket))
    try:
        yield taken
    finally:
        server.close()
        socket.unlink(missing_ok=True)


@asynccontextmanager
async def worker() -> AsyncIterator[tuple[RemoteLedger, Path]]:
    with TemporaryDirectory() as socket_dir:
        socket = Path(socket_dir) / "ledger.sock"
        ledger = RemoteLedger(socket)
        try:
            yield ledger, socket
        finally:
            await ledger.close()


async def _until(holds: Any) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


async def _recorded(ledger: RemoteLedger, taken: list[Any]) -> str:
    """Return the receipt of an entry, which the controlled writer records."""
    following = asyncio.create_task(ledger.record(ENTRY))
    await _until(lambda: taken)
    writer, (number, _) = taken[0]
    writer.send((number, None, ["receipt"]))
    return await following


async def test_entries_of_one_turn_share_a_frame_and_have_their_own_receipts() -> None:
    async with worker() as (ledger, socket), puppet(socket) as taken:
        await ledger.open()
        waiting = asyncio.gather(ledger.record(ENTRY), ledger.record_all([ENTRY, ENTRY]), ledger.record(ENTRY))
        await _until(lambda: taken)
        writer, (number, leaves) = taken[0]
        assert (len(taken), len(leaves)) == (1, 4)
        writer.send((number, None, ["r0", "r1", "r2", "r3"]))
        assert await waiting == ["r0", ["r1", "r2"], "r3"]


async def test_when_the_writer_ends_calls_are_refused_and_a_new_one_is_found() -> None:
    async with worker() as (ledger, socket), puppet(socket) as taken:
        await ledger.open()
        under_way = asyncio.create_task(ledger.record(ENTRY))
        await _until(lambda: taken)
        taken.pop()[0].hang_up()
        with pytest.raises(LedgerError, match="it is unknown"):
            await under_way
        following = under_way
        while not taken:  # refused at once until the connection is there
            following = asyncio.create_task(ledger.record(ENTRY))
            await asyncio.wait([following], timeout=0.05)
        writer, (number, _) = taken[0]
        writer.send((number, None, ["receipt"]))
        assert await following == "receipt"


async def test_a_connection_lost_before_its_opener_wakes_is_opened_again() -> None:
    loop = asyncio.get_running_loop()
    opened = loop.create_unix_connection

    async def lost_at_once(*arguments: Any) -> Any:
        loop.create_unix_connection = opened  # type: ignore[method-assign]
        found = await opened(*arguments)
        found[0].abort()
        await asyncio.sleep(0.05)
        return found

    async with worker() as (ledger, socket), puppet(socket) as taken:
        loop.create_unix_connection = lost_at_once  # type: ignore[method-assign,assignment]
        await ledger.open()
        assert await _recorded(ledger, taken) == "receipt"


async def test_while_there_is_no_writer_callers_are_refused_at_once() -> None:
    async with worker() as (ledger, socket):
        async with puppet(socket) as taken:
            await ledger.open()
            under_way = asyncio.create_task(ledger.record(ENTRY))
            await _until(lambda: taken)
        taken[0][0].hang_up()
        with pytest.raises(LedgerError, match="it is unknown"):
            await under_way
        async with asyncio.timeout(1):
            with pytest.raises(LedgerError, match="does not answer"):
                await ledger.record(ENTRY)


async def test_a_writer_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_ANSWER_SECONDS", 0.1)

    async with worker() as (ledger, socket), puppet(socket):
        await ledger.open()
        with pytest.raises(LedgerError, match="it is unknown"):
            await ledger.record(ENTRY)


async def test_an_entry_that_cannot_be_sent_is_refused_and_the_next_is_sent() -> None:
    class Text(str):
        """A type that is not a plain value."""

        __slots__ = ()

    odd = Entry(facts(), Opening(Text("s"), "o", "c", "r"))

    async with worker() as (ledger, socket), puppet(socket) as taken:
        await ledger.open()
        with pytest.raises(LedgerError, match="cannot be sent"):
            await ledger.record(odd)
        assert await _recorded(ledger, taken) == "receipt"


async def test_a_worker_without_a_writer_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_START_SECONDS", 0.2)

    async with worker() as (ledger, _):
        with pytest.raises(StorageError, match="ledger writer"):
            await ledger.open()
