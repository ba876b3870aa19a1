"""The ``Recorder`` interface: recording of entries, by this process or by the node's ledger writer."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from registry.errors import LedgerError
from registry.ledger.leaf import Draft, Entry, make_draft

T = TypeVar("T")


class HandedOverError(asyncio.CancelledError):
    """The caller was cancelled after handing over entries; ``outcome`` tells if they are recorded."""

    def __init__(self, outcome: "asyncio.Future[Any]") -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(slots=True, eq=False)
class Handed(Generic[T]):
    """Entries that a caller handed over; a cancellation of the caller does not affect ``outcome``."""

    drafts: Sequence[Draft]
    outcome: "asyncio.Future[T]"

    def succeed(self, result: T) -> None:
        """Settle the outcome: the entries are recorded."""
        self._open().set_result(result)

    def fail(self, error: LedgerError) -> None:
        """Settle the outcome: they are not recorded, or it is unknown."""
        outcome = self._open()
        outcome.set_exception(error)
        outcome.exception()  # read, in case that its caller does not wait for it any more

    def left(self) -> HandedOverError:
        """Return what a cancelled caller raises."""
        return HandedOverError(self._open())

    def _open(self) -> "asyncio.Future[T]":
        if self.outcome.cancelled():  # with its caller
            self.outcome = self.outcome.get_loop().create_future()
        return self.outcome


class Recorder(ABC):
    """Records entries. Every implementation passes ``tests/contract/test_recorder.py``."""

    @abstractmethod
    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Append at least one entry, all or none; they are durable on return.

        Returns:
            The receipts in order.

        Raises:
            LedgerError: the entries are not recorded, or it is unknown, so nothing may be released.
            HandedOverError: the caller is cancelled; the entries are being recorded nevertheless.
        """

    async def record(self, entry: Entry) -> str:
        """Record one entry and return its receipt.

        Raises:
            LedgerError: as ``write``.
        """
        return (await self.write([make_draft(entry)]))[0]

    async def record_all(self, entries: Sequence[Entry]) -> list[str]:
        """Record several entries in parallel, and return their receipts in order.

        Raises:
            LedgerError: as ``write``.
        """
        return await self.write([make_draft(entry) for entry in entries]) if entries else []
