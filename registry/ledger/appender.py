"""Appending within the transactions of register changes."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from keys.leaf.facts import CheckpointFacts
from keys.notes import NoteKey, NoteSigner
from registry.errors import LedgerError, RuleError
from registry.events import note_events
from registry.ledger.append import Appended, TreeHead, append, read_head
from registry.ledger.clock import Now, confirmation, is_behind, utc_now
from registry.ledger.consistency import check_still, read_published, tree_head
from registry.ledger.leaf import Draft, Entry, Opening, make_draft
from registry.ledger.publishing import publish_empty
from registry.ledger.recorded import note_rows


class TransactionalAppender:
    """Appends entries in the caller's transaction, to a log that extends the published checkpoint.

    It keeps no state of its own writes, since their transactions may be rolled back. The published checkpoint shows how
    far the log had grown: its file is separate from the database, and a node that appends writes it every second.

    Args:
        signers: the signers of the active ledger keys; the first one's name is the log's origin.
        known: all keys of this ledger, including retired ones.
        published: the file with the last published checkpoint.
        now: the clock.
    """

    def __init__(
        self, signers: Sequence[NoteSigner], known: Sequence[NoteKey], published: Path, now: Now = utc_now
    ) -> None:
        self._signers = signers
        self._known = known
        self._published = published
        self._now = now
        self._checked = False

    async def record(self, connection: asyncpg.Connection, entries: Sequence[Entry]) -> Appended:
        """Append entries with the present time, in the caller's transaction.

        Raises:
            LedgerDoubtError: the log is in doubt; nothing is signed.
        """
        appended = await self.append(connection, [make_draft(entry) for entry in entries])
        await note_rows(connection, appended.growth.start, entries, appended.row_salts)
        await note_events(connection, appended.growth.start, appended.leaves[0].at, entries)
        return appended

    async def append(self, connection: asyncpg.Connection, drafts: Sequence[Draft]) -> Appended:
        """Append encoded entries; see ``record``."""
        last = await self._require_extended(connection)
        return await append(connection, drafts, self._signers, self._known, last, self._now)

    async def confirm_clock(self, connection: asyncpg.Connection, opening: Opening, known_by: str) -> Appended:
        """Append an operator's confirmation that the clock is right although the last entry is ahead of it.

        ``known_by`` is how the operator is known; see ``keys/leaf/facts.py``.

        Raises:
            RuleError: the clock is not behind the last entry.
            LedgerDoubtError: as ``record``.
        """
        last = await self._require_extended(connection)
        head = await read_head(connection, lock=True)
        if head.at is None or not is_behind(head.at, self._now()):
            raise RuleError("clock", "not behind the ledger's last entry: there is nothing to confirm")
        drafts = [make_draft(confirmation(head.at, opening, known_by))]
        return await append(connection, drafts, self._signers, self._known, last, self._now, confirmed=True)

    async def accept(self, connection: asyncpg.Connection, opening: Opening, known_by: str) -> Appended:
        """Append an operator's confirmation of the log when the published checkpoint is missing.

        ``known_by`` as in ``confirm_clock``.

        Raises:
            RuleError: the checkpoint is not missing; a log that does not extend it is never accepted.
            LedgerDoubtError: the log itself is inconsistent.
        """
        if read_published(self._published):
            raise RuleError("ledger/checkpoint", "it is there: there is nothing to accept")
        await read_head(connection, lock=True)
        head = await check_still(connection, self._known)
        facts = CheckpointFacts("ledger.checkpoint", "permit", "LOG_ACCEPTED", head.size, known_by)
        drafts = [make_draft(Entry(facts, opening))]
        return await append(connection, drafts, self._signers, self._known, None, self._now)

    async def _require_extended(self, connection: asyncpg.Connection) -> TreeHead | None:
        """Check that the log extends the published checkpoint, and return the published state."""
        if not connection.is_in_transaction():
            raise LedgerError("ledger: what is done and its record are one transaction, and there is none")
        last = tree_head(read_published(self._published), self._known)
        if last is None or not self._checked:
            await read_head(connection, lock=True)  # blocks other writers while the tree is read
            head = await check_still(connection, self._known, last)
            if not head.size and last is None:
                publish_empty(self._published, self._signers)
            self._checked = True
        return last
