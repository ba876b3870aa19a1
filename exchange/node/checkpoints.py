"""The published checkpoint of the ledger, which never goes back to a smaller or different tree."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from keys.notes import NoteKey
from registry.errors import LedgerError
from registry.ledger.append import TreeHead, read_head
from registry.ledger.consistency import check_head
from registry.ledger.publishing import publish


class Checkpoints:
    """Publishes the head's checkpoint; the file ``published`` keeps the last one over restarts."""

    def __init__(self, published: Path) -> None:
        self._published = published
        self._served = TreeHead()
        self._note = ""

    async def current(self, connection: asyncpg.Connection, known: Sequence[NoteKey]) -> str:
        """Return the signed note of the head; empty while the log is empty.

        Raises:
            LedgerDoubtError: the head does not extend the last published one.
            LedgerError: the checkpoint cannot be written to the file.
        """
        if self._note and (await read_head(connection)).checkpoint == self._note:
            return self._note
        head = await check_head(connection, known, self._published, self._served)
        if head.size:
            try:
                await asyncio.to_thread(publish, self._published, head.checkpoint)
            except OSError as error:
                raise LedgerError(f"ledger: the checkpoint cannot be published ({type(error).__name__})") from error
            self._served, self._note = head.tree_head, head.checkpoint
        return head.checkpoint
