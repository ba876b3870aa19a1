"""The ``Recorder`` protocol: where entries go on the record, whether this process writes the ledger or another does."""

from collections.abc import Sequence
from typing import Protocol

from registry.ledger.leaf import Entry


class Recorder(Protocol):
    """Records entries. Every implementation passes ``tests/contract/test_recorder.py``."""

    async def record(self, entry: Entry) -> str:
        """Record one entry; durable when this returns.

        Returns:
            Its receipt.

        Raises:
            LedgerError: it is not recorded (or nobody can tell), so nothing may be released.
        """

    async def record_all(self, entries: Sequence[Entry]) -> list[str]:
        """Record several entries side by side, all of them or none; receipts in order. Raises as ``record``."""
