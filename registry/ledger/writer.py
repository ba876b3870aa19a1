"""The ledger writer: the single process that writes to the ledger for all workers of a node.

Workers that append themselves compete for the head: batches are small and often rejected. The ledger writer receives
their entries over a UNIX socket and commits them together (docs/adr/0005). Ledger writers of several nodes still
compete for the head, so appending remains a compare-and-set.
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
    """Serves a ledger on a socket until it is closed."""

    def __init__(self, ledger: Ledger, socket: Path) -> None:
        self.ledger = ledger
        self._socket = socket
        self._writing: set[asyncio.Task[None]] = set()
        self.workers: set[Frames] = set()

    async def open(self) -> None:
        """Listen on the socket; its folder's permissions decide who can connect."""
        self._socket.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Worker(self), str(self._socket))

    async def close(self, seconds: float) -> None:
        """Write for at most ``seconds`` until all workers have disconnected, and finish accepted work."""
        self._server.close()
        end = asyncio.get_running_loop().time() + seconds
        while self.workers and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  # the node is stopping
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.gather(*self._writing)
        for worker in self.workers:
            worker.hang_up()

    def take(self, worker: "_Worker", frame: Any) -> None:
        """Write a frame's leaves, then send the result."""
        task = asyncio.create_task(self._write(worker, *frame))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, worker: "_Worker", number: int, drafts: list[Any]) -> None:
        receipts: list[str] = []
        fault: tuple[str, str] | None = None
        try:
            if drafts:
                receipts = await self.ledger.write([decode_draft(draft) for draft in drafts])
            else:  # an empty frame asks whether entries can be recorded
                await self.ledger.require_fit()
        except LedgerError as error:
            fault = encode_fault(error)
        except Exception as error:  # noqa: BLE001  # whatever the error, the waiting worker must get it
            log.error("ledger_writer.failed", error=type(error).__name__)
            fault = encode_fault(LedgerError("ledger: not recorded"))
        worker.send((number, fault, receipts))


class _Worker(Frames):
    """A worker's connection to the ledger writer."""

    def __init__(self, writer: LedgerWriter) -> None:
        super().__init__()
        self._writer = writer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connected worker."""
        super().connection_made(transport)
        self._writer.workers.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Remove the disconnected worker."""
        self._writer.workers.discard(self)

    def took(self, frame: Any) -> None:
        """Write the entries of a frame."""
        self._writer.take(self, frame)
