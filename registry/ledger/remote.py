"""The ledger in a worker: entries are sent to the node's ledger writer, which returns receipts.

If the connection ends, it is unknown whether entries in flight are recorded. Their callers get an error, so that no
answer is released without a receipt.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from registry.errors import LedgerError, StorageError
from registry.ledger.frames import Frames, decode_fault, encode_draft
from registry.ledger.leaf import Draft
from registry.ledger.recorder import Handed, Recorder

_ANSWER_SECONDS = 30.0
"""Longer than any statement of the ledger writer; after this silence the connection is closed."""
_START_SECONDS = 30.0
_RETRY_SECONDS = 0.05

_Waiting = Handed[list[str]]


class RemoteLedger(Recorder):
    """A ``Recorder`` behind the ledger writer's socket; reconnects when the ledger writer restarts."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._link: _Link | None = None
        self._pending: list[_Waiting] = []
        self._connecting: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Connect, and wait for a ledger writer that is starting.

        Raises:
            StorageError: there is no ledger writer.
        """
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._connect()
        except TimeoutError as error:
            raise StorageError("ledger: the node's ledger writer does not answer") from error

    async def close(self) -> None:
        """Disconnect; callers have waited for entries in flight."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
        if self._link is not None:
            self._link.hang_up()

    async def ping(self) -> None:
        """Check that the ledger writer answers.

        Raises:
            LedgerError: it does not answer.
        """
        await self._hand_over([]).outcome

    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Record entries by the ledger writer; see ``Recorder.write``."""
        waiting = self._hand_over(drafts)
        try:
            return await waiting.outcome
        except asyncio.CancelledError:
            raise waiting.left() from None

    def found(self, link: "_Link") -> None:
        """Use a new connection; called by the connection, since it may end before its opener resumes."""
        self._link = link

    def lost(self) -> None:
        """Reconnect after the connection has ended, unless closed."""
        self._link = None
        if not self._closed:
            self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.create_unix_connection(lambda: _Link(self), str(self._socket))
            except OSError:
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    def _hand_over(self, drafts: Sequence[Draft]) -> _Waiting:
        loop = asyncio.get_running_loop()
        waiting: _Waiting = Handed(drafts, loop.create_future())
        if not self._pending:
            loop.call_soon(self._send)  # with all entries of this turn of the event loop
        self._pending.append(waiting)
        return waiting

    def _send(self) -> None:
        waiting, self._pending = self._pending, []
        if self._link is None:
            _fail(waiting, LedgerError("ledger: the node's ledger writer does not answer"))
        else:
            self._link.write(waiting)


class _Link(Frames):
    """One connection to the ledger writer, and the requests in flight on it."""

    def __init__(self, ledger: RemoteLedger) -> None:
        super().__init__()
        self._ledger = ledger
        self._number = 0
        self._flying: dict[int, tuple[list[_Waiting], asyncio.TimerHandle]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Handle the established connection."""
        super().connection_made(transport)
        self._ledger.found(self)

    def write(self, waiting: list[_Waiting]) -> None:
        """Send the waiting entries as one frame."""
        self._number += 1
        try:
            self.send((self._number, [encode_draft(draft) for one in waiting for draft in one.drafts]))
        except ValueError:
            _fail(waiting, LedgerError("ledger: an entry holds what cannot be sent"))
            return
        timer = asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self.hang_up)
        self._flying[self._number] = waiting, timer

    def took(self, frame: Any) -> None:
        """Handle receipts, or an error."""
        number, fault, receipts = frame
        waiting, timer = self._flying.pop(number)
        timer.cancel()
        if fault:
            _fail(waiting, decode_fault(fault))
            return
        at = 0
        for one in waiting:
            one.succeed(receipts[at : at + len(one.drafts)])
            at += len(one.drafts)

    def connection_lost(self, _error: Exception | None) -> None:
        """Fail the requests in flight, since their outcome is unknown."""
        flying, self._flying = self._flying, {}
        for waiting, timer in flying.values():
            timer.cancel()
            _fail(
                waiting,
                LedgerError("ledger: the node's ledger writer ended; it is unknown whether this was recorded"),
            )
        self._ledger.lost()


def _fail(waiting: list[_Waiting], fault: LedgerError) -> None:
    for one in waiting:
        one.fail(type(fault)(str(fault)))
