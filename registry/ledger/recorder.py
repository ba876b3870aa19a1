"""A recorder puts entries on the record, through this process or the node's ledger writer."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from registry.ledger.leaf import Draft, Entry, make_draft


class Recorder(ABC):
    """Records entries. Every implementation passes ``tests/contract/test_recorder.py``."""

    @abstractmethod
    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Append entries (at least one) side by side, all of them or none; durable when this returns.

        Returns:
            Their receipts, in order.

        Raises:
            LedgerError: they are not recorded (or nobody can tell), so nothing may be released.
        """

    async def record(self, entry: Entry) -> str:
        """Record one entry; its receipt. Raises as ``write``."""
        return (await self.write([make_draft(entry)]))[0]

    async def record_all(self, entries: Sequence[Entry]) -> list[str]:
        """Record several entries side by side; receipts in order. Raises as ``write``."""
        return await self.write([make_draft(entry) for entry in entries]) if entries else []
