"""Verification of the whole ledger, by recomputing it.

Each entry is verified as in ``chunk.py``. Of the tree: every tile of every level, the absence of others, the head's
frontier, the signed checkpoint, and that it extends the published checkpoint. Several processes verify chunks of
entries in parallel; the first wrong entry is reported.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import asyncpg

from keys.merkle import Growth, fold, node_hash
from keys.notes import NoteKey
from registry.collector import tune_gc
from registry.connection import connect
from registry.errors import LedgerDoubtError
from registry.ledger.append import TILE, Head, read_head, require_signed
from registry.ledger.chunk import CHUNK, Chunk, Step, check_chunk
from registry.ledger.consistency import require_extended, tree_head
from registry.ledger.tree import TreeReader

_TILE_BITS = 8


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of verification.

    The number of entries, the first error (or None), the number of erased openings, and backward steps of time.
    """

    size: int
    wrong_index: int | None = None
    wrong: str = ""
    erased: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there are no errors, and an operator has confirmed every backward step of time."""
        return not self.wrong and all(step.explained for step in self.steps)


async def verify_ledger(
    url: str,
    known: Sequence[NoteKey],
    published: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _size: None,
) -> Verified:
    """Recompute the ledger of a database up to its current head.

    Args:
        url: the database's URL.
        known: the ledger's keys.
        published: the last published checkpoint (a signed note), which the log must extend; empty if it is missing;
            None if it is not to be checked.
        progress: called with (verified entries, all entries) during the work.

    Raises:
        StorageError: the database does not answer.
    """
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            try:
                head = await read_head(connection)
            except LedgerDoubtError as error:
                return Verified(0, None, str(error))
            beyond = await _find_excess(connection, head.size)
        if beyond:
            return Verified(head.size, *beyond)
        roots: list[bytes] = []
        erased = 0
        steps: tuple[Step, ...] = ()
        starts = range(0, head.size, CHUNK)
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context("spawn")) as pool:
            work = [loop.run_in_executor(pool, _verify_chunk, url, at, min(at + CHUNK, head.size)) for at in starts]
            for at, pending in zip(starts, work, strict=True):
                chunk = await pending
                if chunk.wrong:
                    pool.shutdown(cancel_futures=True)
                    return Verified(head.size, chunk.wrong.index, chunk.wrong.what)
                roots.append(chunk.root)
                erased += chunk.erased
                steps += chunk.steps
                progress(min(at + CHUNK, head.size), head.size)
        wrong = await _verify_tree(connection, head, roots, known, published)
    finally:
        await connection.close()
    return Verified(head.size, None, wrong, erased, steps)


async def _find_excess(connection: asyncpg.Connection, size: int) -> tuple[int | None, str] | None:
    """Return the first row beyond the head, or tile that no full tree has, with a message; else None."""
    for table, what in (
        ("ledger_entry", "an entry"), ("ledger_opening", "an opening"), ("ledger_subject", "a subject"),
    ):  # fmt: skip
        found = await connection.fetchval(f"SELECT min(index) FROM {table} WHERE index >= $1", size)
        if found is not None:
            return found, f"{what} is beyond the head"
    rows = await connection.fetch(
        "SELECT level, count(*) AS count, max(number) AS last FROM ledger_tile GROUP BY level"
    )
    for level, count, last in rows:
        full = size >> _TILE_BITS * (level + 1)
        if count > full or last >= full:
            return last * TILE ** (level + 1), f"a tile of level {level} is beyond the head"
    return None


async def _verify_tree(
    connection: asyncpg.Connection, head: Head, roots: list[bytes], known: Sequence[NoteKey], published: str | None
) -> str:
    """Check the tree above the chunks with the given roots; return an error, or empty text."""
    size = head.size
    if size == 0 and (head.frontier or head.checkpoint):
        return "the head has no entries, and is not that of an empty log"
    full = roots[: size // CHUNK]
    if wrong := await _verify_upper_tiles(connection, full):
        return wrong
    # All chunks but the last are perfect subtrees; the last one's root is folded with theirs.
    root = fold(Growth(0, (), full).frontier) if full else b""
    if size % CHUNK:
        root = roots[-1]
        for left in Growth(0, (), full).frontier:
            root = node_hash(left, root)
    try:
        require_signed(head, known)
        if size and fold(head.frontier) != root:
            return "the tree does not lead to the checkpoint: entries were changed, and their tiles with them"
        if published is not None:
            await require_extended(TreeReader(connection), size, tree_head(published, known))
    except LedgerDoubtError as error:
        return str(error)
    return ""


async def _verify_upper_tiles(connection: asyncpg.Connection, roots: list[bytes]) -> str:
    """Check the tiles of level 2 and above; ``roots`` are those of level 1."""
    level = 2
    while len(roots) >= TILE:
        fresh = []
        for number in range(len(roots) // TILE):
            tile = roots[number * TILE : (number + 1) * TILE]
            fresh.append(fold(Growth(0, (), tile).frontier))
            row = await connection.fetchrow(
                "SELECT hashes, root FROM ledger_tile WHERE level = $1 AND number = $2", level, number
            )
            if row is None or tuple(row) != (b"".join(tile), fresh[-1]):
                return f"the tile {number} of level {level} is not the one over these entries"
        roots, level = fresh, level + 1
    return ""


def _verify_chunk(url: str, start: int, end: int) -> Chunk:
    tune_gc()
    return asyncio.run(check_chunk(url, start, end))
