"""The pen of whoever changes a register: what is done and its record are one transaction."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from keys.notes import NoteKey, NoteSigner
from registry.errors import LedgerError
from registry.ledger.append import Appended, append, read_head
from registry.ledger.doubt import check_still, reached, read_published
from registry.ledger.leaf import Entry, make_leaf


class Pen:
    """Appends within others' transactions, and to no log that is behind what was published.

    It remembers nothing of what it wrote, as that may have been rolled back with its transaction. The published
    checkpoint tells how far the log had come: it is kept apart from the database, and written every second that a
    node appends.

    Args:
        signers: of the active ledger keys; the first one's name is the log's origin.
        known: all keys of this ledger, retired ones too.
        published: the file that holds the last checkpoint given to the outside.
    """

    def __init__(self, signers: Sequence[NoteSigner], known: Sequence[NoteKey], published: Path) -> None:
        self._signers = signers
        self._known = known
        self._published = published
        self._checked = False

    async def record(self, connection: asyncpg.Connection, entries: Sequence[Entry]) -> Appended:
        """Append entries, as of now, inside the caller's transaction.

        Raises:
            LedgerDoubtError: the log is not one to build upon; nothing is signed.
        """
        if not connection.is_in_transaction():
            raise LedgerError("ledger: what is done and its record are one transaction, and there is none")
        last = reached(read_published(self._published), self._known)
        if not self._checked:
            await read_head(connection, lock=True)  # nobody appends while the tree is looked at
            await check_still(connection, self._known, last)
            self._checked = True
        leaves = [make_leaf(entry) for entry in entries]
        return await append(connection, leaves, self._signers, self._known, last)
