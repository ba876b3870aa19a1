"""The ledger writer: one writer of the ledger for all workers of a node.

Workers that append by themselves compete for the head: batches are small and often rejected. The ledger writer takes
their entries over a Unix socket and commits them together (docs/adr/0005). Ledger writers of several nodes
still meet at the head, which is why appending stays a compare-and-set.
"""

import asyncio
from pathlib import Path
from typing import Any

import structlog

from registry.errors import LedgerError
from registry.ledger.frames import Frames, decode_draft, encode_fault
from registry.ledger.group_commit import Ledger

_LOOK_SECONDS = 0.02
log = structlog.get_logger(__name__)


class LedgerWriter:
    """Serves a ledger at a socket until closed."""

    def __init__(self, ledger: Ledger, socket: Path) -> None:
        self._ledger = ledger
        self._socket = socket
        self._writing: set[asyncio.Task[None]] = set()
        self.workers: set[Frames] = set()

    async def open(self) -> None:
        """Listen. The socket's folder decides who can reach it."""
        self._socket.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Worker(self), str(self._socket))

    async def close(self, seconds: float) -> None:
        """Write on until the workers have gone, for at most so many ``seconds``, and finish what was taken."""
        self._server.close()
        end = asyncio.get_running_loop().time() + seconds
        while self.workers and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  # the node is stopping
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.gather(*self._writing)
        for worker in self.workers:
            worker.hang_up()

    def take(self, worker: "_Worker", frame: Any) -> None:
        """Write a frame's leaves, then answer it."""
        task = asyncio.create_task(self._write(worker, *frame))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, worker: "_Worker", number: int, drafts: list[Any]) -> None:
        receipts: list[str] = []
        fault: tuple[str, str] | None = None
        try:
            if drafts:
                receipts = await self._ledger.write([decode_draft(draft) for draft in drafts])
            else:  # a worker asks whether entries can be recorded
                await self._ledger.require_fit()
        except LedgerError as error:
            fault = encode_fault(error)
        except Exception as error:  # noqa: BLE001  # a worker that waits is answered, whatever it is
            log.error("ledger_writer.failed", error=type(error).__name__)
            fault = encode_fault(LedgerError("ledger: not recorded"))
        worker.send((number, fault, receipts))


class _Worker(Frames):
    """A worker's connection, as the ledger writer sees it."""

    def __init__(self, writer: LedgerWriter) -> None:
        super().__init__()
        self._writer = writer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A worker has come."""
        super().connection_made(transport)
        self._writer.workers.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """A worker has gone."""
        self._writer.workers.discard(self)

    def took(self, frame: Any) -> None:
        """Entries to write."""
        self._writer.take(self, frame)
