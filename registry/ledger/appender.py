"""The appender of whoever changes a register: what is done and its record are one transaction."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from keys.leaf.facts import CheckpointFacts
from keys.notes import NoteKey, NoteSigner
from registry.errors import LedgerError, RuleError
from registry.ledger.append import Appended, TreeHead, append, read_head
from registry.ledger.clock import Now, confirmation, is_behind, utc_now
from registry.ledger.consistency import check_still, read_published, tree_head
from registry.ledger.leaf import Entry, Opening, make_draft
from registry.ledger.publishing import publish_empty


class TransactionalAppender:
    """Appends within others' transactions, and to no log that is behind what was published.

    It remembers nothing of what it wrote, as that may have been rolled back with its transaction. The published
    checkpoint tells how far the log had come: it is kept apart from the database, and written every second that a
    node appends.

    Args:
        signers: of the active ledger keys; the first one's name is the log's origin.
        known: all keys of this ledger, retired ones too.
        published: the file that holds the last checkpoint given to the outside.
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
        """Append entries, as of now, inside the caller's transaction.

        Raises:
            LedgerDoubtError: the log is not one to build upon; nothing is signed.
        """
        last = await self._require_in_order(connection)
        drafts = [make_draft(entry) for entry in entries]
        return await append(connection, drafts, self._signers, self._known, last, self._now)

    async def confirm_clock(self, connection: asyncpg.Connection, operator: str, why: str) -> Appended:
        """Append an operator's word that the clock is right, although the last entry is ahead of it.

        Raises:
            RuleError: the clock is not behind the last entry.
            LedgerDoubtError: as ``record``.
        """
        last = await self._require_in_order(connection)
        head = await read_head(connection, lock=True)
        if head.at is None or not is_behind(head.at, self._now()):
            raise RuleError("clock", "not behind the ledger's last entry: there is nothing to confirm")
        drafts = [make_draft(confirmation(head.at, operator, why))]
        return await append(connection, drafts, self._signers, self._known, last, self._now, confirmed=True)

    async def accept(self, connection: asyncpg.Connection, operator: str, why: str) -> Appended:
        """Append an operator's word that the log in the database is the one, where what was published last is missing.

        Raises:
            RuleError: it is not missing; a log that does not extend it is not accepted.
            LedgerDoubtError: the log by itself is not in order.
        """
        if read_published(self._published):
            raise RuleError("ledger/checkpoint", "it is there: there is nothing to accept")
        await read_head(connection, lock=True)
        head = await check_still(connection, self._known)
        facts = CheckpointFacts("ledger.checkpoint", "permit", "LOG_ACCEPTED", head.size)
        drafts = [make_draft(Entry(facts, Opening(officer=operator, request=why)))]
        return await append(connection, drafts, self._signers, self._known, None, self._now)

    async def _require_in_order(self, connection: asyncpg.Connection) -> TreeHead | None:
        """How far the log has come by what was published, after the log was found to extend it."""
        if not connection.is_in_transaction():
            raise LedgerError("ledger: what is done and its record are one transaction, and there is none")
        last = tree_head(read_published(self._published), self._known)
        if last is None or not self._checked:
            await read_head(connection, lock=True)  # no other writer appends while the tree is looked at
            head = await check_still(connection, self._known, last)
            if not head.size and last is None:
                publish_empty(self._published, self._signers)
            self._checked = True
        return last
