"""Consistency of the ledger: head, tree and last published checkpoint must agree before an append."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from keys.errors import KeysError
from keys.merkle import fold
from keys.notes import NoteKey, open_checkpoint
from registry.errors import LedgerDoubtError
from registry.ledger.append import Head, TreeHead, read_head, require_signed
from registry.ledger.tree import TreeReader


async def check_head(connection: asyncpg.Connection, known: Sequence[NoteKey], published: Path, seen: TreeHead) -> Head:
    """Check the stored head against tree, published checkpoint and known state, and return it.

    Raises:
        LedgerDoubtError: two of them disagree; names them.
    """
    # The file is read before the snapshot, since other workers keep appending.
    last = tree_head(read_published(published), known)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await check_still(connection, known, last, seen)


async def check_still(connection: asyncpg.Connection, known: Sequence[NoteKey], *earlier: TreeHead | None) -> Head:
    """Check as ``check_head``, in one snapshot or with the head locked, so that no other process appends."""
    head = await read_head(connection)
    reader = TreeReader(connection)
    if await reader.size() != head.size:
        raise LedgerDoubtError("ledger: the entries stored are not as many as the head says")
    require_signed(head, known)
    if head.size and await reader.root(head.size) != fold(head.frontier):
        raise LedgerDoubtError("ledger: the tree and the head disagree")
    for last in earlier:
        await require_extended(reader, head.size, last)
    return head


async def require_extended(reader: TreeReader, size: int, last: TreeHead | None) -> None:
    """Check that a log of ``size`` extends what was published or seen before.

    Raises:
        LedgerDoubtError: it is shorter or different, or it has entries and the published checkpoint is missing.
    """
    if last is None:
        if size:
            raise LedgerDoubtError(
                f"ledger: the checkpoint that was published last is missing, and the log has {size} entries; "
                "restore ledger/checkpoint, or accept the log as it is (yici ledger accept)"
            )
        return
    if last.size > size or (last.size and await reader.root(last.size) != last.root):
        raise LedgerDoubtError(f"ledger: the log does not extend what was published or signed at size {last.size}")


def tree_head(note: str, known: Sequence[NoteKey]) -> TreeHead | None:
    """Return the state of the log by a published checkpoint; None if there is none.

    Raises:
        LedgerDoubtError: it is not signed by a known key.
    """
    if not note:
        return None
    try:
        last = open_checkpoint(note, known)
    except KeysError as error:
        raise LedgerDoubtError(f"ledger: the published checkpoint does not verify ({error})") from error
    return TreeHead(last.size, last.root if last.size else b"")


def read_published(published: Path) -> str:
    """Return the last published checkpoint; empty if the file is missing or empty.

    Raises:
        LedgerDoubtError: the file cannot be read.
    """
    try:
        return published.read_text(encoding="utf-8").lstrip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerDoubtError(f"ledger: the published checkpoint cannot be read ({type(error).__name__})") from error
