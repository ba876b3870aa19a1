"""Verifying the whole ledger: everything that can be recomputed is.

For each entry: its leaf hashes to what is stored, its search columns say what the leaf says, its opening (unless
erased) is the one committed to. For the tree: every tile, the head's frontier, and the signed checkpoint. Chunks of
entries are checked side by side by several processes; the first entry that is wrong is named.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context

import asyncpg
import orjson

from keys.errors import KeysError
from keys.merkle import Growth, fold, node_hash
from keys.notes import NoteKey, open_checkpoint
from registry.collector import calm_collector
from registry.connection import connect
from registry.ledger.append import TILE, read_head
from registry.ledger.leaf import columns, opens

CHUNK = TILE * TILE
"""Entries in one unit of work: one tile of level 1."""

_FETCH = TILE * 2
"""Entries in one reading: few enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome: how many entries, and what is wrong first (None if nothing is)."""

    size: int
    wrong_index: int | None = None
    wrong: str = ""

    @property
    def clean(self) -> bool:
        """Whether everything holds."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class _Chunk:
    root: bytes
    wrong_index: int | None = None
    wrong: str = ""


async def verify_ledger(
    url: str, known: Sequence[NoteKey], progress: Callable[[int, int], None] = lambda _done, _size: None
) -> Verified:
    """Recompute the ledger of a database up to its present head.

    Args:
        url: of the database.
        known: the ledger's keys.
        progress: told (entries done, entries in all) as the work goes on.

    Raises:
        StorageError: the database does not answer.
    """
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            head = await read_head(connection)
            beyond = await connection.fetchval("SELECT min(index) FROM ledger_entry WHERE index >= $1", head.size)
    finally:
        await connection.close()
    if beyond is not None:
        return Verified(head.size, beyond, "an entry stands beyond the head")
    roots: list[bytes] = []
    starts = range(0, head.size, CHUNK)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context("spawn")) as pool:
        work = [loop.run_in_executor(pool, _verify_chunk, url, at, min(at + CHUNK, head.size)) for at in starts]
        for at, pending in zip(starts, work, strict=True):
            chunk = await pending
            if chunk.wrong:
                pool.shutdown(cancel_futures=True)
                return Verified(head.size, chunk.wrong_index, chunk.wrong)
            roots.append(chunk.root)
            progress(min(at + CHUNK, head.size), head.size)
    return _verify_head(head.size, head.checkpoint, roots, known, fold(head.frontier))


def _verify_head(size: int, note: str, roots: list[bytes], known: Sequence[NoteKey], stored_root: bytes) -> Verified:
    if size == 0:
        return Verified(0)
    # All chunks but the last are perfect subtrees; the last one's root folds onto them.
    frontier = Growth(0, (), roots[:-1]).frontier
    root = roots[-1]
    if size % CHUNK == 0:
        root = fold(Growth(0, (), roots).frontier)
    else:
        for left in frontier:
            root = node_hash(left, root)
    try:
        checkpoint = open_checkpoint(note, known)
    except KeysError as error:
        return Verified(size, None, f"the checkpoint does not verify: {error}")
    if checkpoint.size != size or checkpoint.root != root or stored_root != root:
        first = (size - 1) // TILE * TILE
        return Verified(
            size, None, f"the tree does not lead to the checkpoint: an entry from {first} to {size - 1} was changed"
        )
    return Verified(size)


def _verify_chunk(url: str, start: int, end: int) -> _Chunk:
    calm_collector()
    return asyncio.run(_verify_range(url, start, end))


async def _verify_range(url: str, start: int, end: int) -> _Chunk:
    connection = await connect(url)
    try:
        hashes: list[bytes] = []
        for begin in range(start, end, _FETCH):
            until = min(begin + _FETCH, end)
            wrong = await _verify_entries(connection, begin, until, hashes)
            if wrong:
                return wrong
        return await _verify_tiles(connection, start, hashes)
    finally:
        await connection.close()


async def _verify_entries(connection: asyncpg.Connection, begin: int, until: int, hashes: list[bytes]) -> _Chunk | None:
    rows = await connection.fetch(
        "SELECT e.index, e.leaf, e.leaf_hash, e.agency, e.dataset, e.matter, e.decision, "
        "o.salts, o.subject, o.officer, o.case_number, o.request "
        "FROM ledger_entry e LEFT JOIN ledger_opening o ON o.index = e.index AND o.index >= $1 AND o.index < $2 "
        "WHERE e.index >= $1 AND e.index < $2 ORDER BY e.index",
        begin, until,
    )  # fmt: skip
    for expected, row in enumerate(rows, begin):
        index, leaf, stored, agency, dataset, matter, decision, salts, subject, officer, case, request = row
        if index != expected:
            return _Chunk(b"", expected, "the entry is missing")
        found = sha256(b"\x00" + leaf).digest()
        if found != stored:
            return _Chunk(b"", index, "the leaf was changed: it no longer has its hash")
        facts = orjson.loads(leaf)
        if columns(facts) != (agency, dataset, matter, decision):
            return _Chunk(b"", index, "the search columns do not say what the leaf says")
        if salts is not None and not opens(facts, salts, (subject, officer, case, request)):
            return _Chunk(b"", index, "the opened values are not those that the leaf commits to")
        hashes.append(found)
    if begin + len(rows) != until:
        return _Chunk(b"", begin + len(rows), "the entry is missing")
    return None


async def _verify_tiles(connection: asyncpg.Connection, start: int, hashes: list[bytes]) -> _Chunk:
    """Check the full tiles over a chunk's hashes; from their roots and the rest comes the chunk's root."""
    first, end = start // TILE, (start + len(hashes)) // TILE
    rows = await connection.fetch(
        "SELECT number, hashes, root FROM ledger_tile WHERE level = 0 AND number >= $1 AND number < $2", first, end
    )
    stored = {row["number"]: row for row in rows}
    roots: list[bytes] = []
    for number in range(first, end):
        tile = hashes[number * TILE - start : (number + 1) * TILE - start]
        row = stored.get(number)
        if row is None:
            return _Chunk(b"", number * TILE, "the tile over this entry is missing")
        data = row["hashes"]
        if data != b"".join(tile):
            wrong = next((at for at, found in enumerate(tile) if data[at * 32 : at * 32 + 32] != found), 0)
            return _Chunk(b"", number * TILE + wrong, "the entry is not the one that its tile holds")
        roots.append(fold(Growth(0, (), tile).frontier))
        if roots[-1] != row["root"]:
            return _Chunk(b"", number * TILE, "the root of the tile over this entry was changed")
    full = len(roots) * TILE
    return _Chunk(fold(Growth(full, Growth(0, (), roots).frontier, hashes[full:]).frontier))
