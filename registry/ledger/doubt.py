"""Whether the ledger can be built upon: head, tree and the last published checkpoint must agree."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from keys.errors import KeysError
from keys.merkle import fold
from keys.notes import NoteKey, open_checkpoint
from registry.errors import LedgerDoubtError
from registry.ledger.append import Head, read_head
from registry.ledger.tree import TreeReader


async def check_head(connection: asyncpg.Connection, known: Sequence[NoteKey], published: Path) -> Head:
    """The stored head, after it is checked against the tree and the last published checkpoint.

    Raises:
        LedgerDoubtError: they disagree; says which two.
    """
    # The file first, then one snapshot: other workers go on appending meanwhile.
    last_note = published.read_text(encoding="utf-8") if published.exists() else ""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _check_snapshot(connection, known, last_note)


async def _check_snapshot(connection: asyncpg.Connection, known: Sequence[NoteKey], last_note: str) -> Head:
    head = await read_head(connection)
    reader = TreeReader(connection)
    if await reader.size() != head.size:
        raise LedgerDoubtError("ledger: the entries stored are not as many as the head says")
    if head.size:
        try:
            checkpoint = open_checkpoint(head.checkpoint, known)
        except KeysError as error:
            raise LedgerDoubtError(f"ledger: the head's checkpoint does not verify ({error})") from error
        if checkpoint.size != head.size or checkpoint.root != fold(head.frontier):
            raise LedgerDoubtError("ledger: the head and its checkpoint disagree")
        if await reader.root(head.size) != checkpoint.root:
            raise LedgerDoubtError("ledger: the tree and the head disagree")
    if last_note:
        try:
            last = open_checkpoint(last_note, known)
        except KeysError as error:
            raise LedgerDoubtError(f"ledger: the published checkpoint does not verify ({error})") from error
        if last.size > head.size or await reader.root(last.size) != last.root:
            raise LedgerDoubtError(f"ledger: the log does not extend the checkpoint published at size {last.size}")
    return head
