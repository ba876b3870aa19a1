"""The ``Recorder`` interface: recording of entries, by this process or by the node's ledger writer."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from registry.ledger.leaf import Draft, Entry, make_draft


class Recorder(ABC):
    """Records entries. Every implementation passes ``tests/contract/test_recorder.py``."""

    @abstractmethod
    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Append at least one entry, all or none; they are durable on return.

        Returns:
            The receipts in order.

        Raises:
            LedgerError: the entries are not recorded, or it is unknown, so nothing may be released.
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
