"""Verifying the whole ledger: everything that can be recomputed is.

For each entry: its leaf hashes to what is stored, its search columns say what the leaf says, its opening (unless
erased) is the one committed to. For the tree: every tile of every level and no other, the head's frontier, the signed
checkpoint, and that all of it extends what was published last. Chunks of entries are checked side by side by several
processes; the first entry that is wrong is named.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context

import asyncpg
import orjson

from keys.merkle import Growth, fold, node_hash
from keys.notes import NoteKey
from registry.collector import calm_collector
from registry.connection import connect
from registry.errors import LedgerDoubtError
from registry.ledger.append import TILE, Head, read_head, require_signed
from registry.ledger.doubt import require_extended
from registry.ledger.leaf import columns, opens
from registry.ledger.tree import TreeReader

CHUNK = TILE * TILE
"""Entries in one unit of work: one tile of level 1."""

_TILE_BITS = 8
_NO_TIME, _MILLISECOND = timedelta(0), timedelta(milliseconds=1)
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
    url: str,
    known: Sequence[NoteKey],
    published: str = "",
    progress: Callable[[int, int], None] = lambda _done, _size: None,
) -> Verified:
    """Recompute the ledger of a database up to its present head.

    Args:
        url: of the database.
        known: the ledger's keys.
        published: the checkpoint given to the outside last (a signed note), which the log must extend.
        progress: told (entries done, entries in all) as the work goes on.

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
            beyond = await _beyond(connection, head.size)
        if beyond:
            return Verified(head.size, *beyond)
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
        wrong = await _verify_tree(connection, head, roots, known, published)
    finally:
        await connection.close()
    return Verified(head.size, None, wrong)


async def _beyond(connection: asyncpg.Connection, size: int) -> tuple[int | None, str] | None:
    """What stands where nothing may: rows beyond the head, tiles that no full tree has."""
    for table, what in (("ledger_entry", "an entry"), ("ledger_opening", "an opening")):
        found = await connection.fetchval(f"SELECT min(index) FROM {table} WHERE index >= $1", size)
        if found is not None:
            return found, f"{what} stands beyond the head"
    rows = await connection.fetch(
        "SELECT level, count(*) AS count, max(number) AS last FROM ledger_tile GROUP BY level"
    )
    for level, count, last in rows:
        full = size >> _TILE_BITS * (level + 1)
        if count > full or last >= full:
            return last * TILE ** (level + 1), f"a tile of level {level} stands beyond the head"
    return None


async def _verify_tree(
    connection: asyncpg.Connection, head: Head, roots: list[bytes], known: Sequence[NoteKey], published: str
) -> str:
    """Check what stands above the chunks, whose roots these are; empty if all of it holds."""
    size = head.size
    if size == 0 and (head.frontier or head.checkpoint):
        return "the head has no entries, and is not that of an empty log"
    full = roots[: size // CHUNK]
    if wrong := await _verify_upper_tiles(connection, full):
        return wrong
    # All chunks but the last are perfect subtrees; the last one's root folds onto them.
    root = fold(Growth(0, (), full).frontier) if full else b""
    if size % CHUNK:
        root = roots[-1]
        for left in Growth(0, (), full).frontier:
            root = node_hash(left, root)
    try:
        require_signed(head, known)
        if size and fold(head.frontier) != root:
            return "the tree does not lead to the checkpoint: entries were changed, and their tiles with them"
        await require_extended(TreeReader(connection), size, known, published)
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


def _verify_chunk(url: str, start: int, end: int) -> _Chunk:
    calm_collector()
    return asyncio.run(_verify_range(url, start, end))


async def _verify_range(url: str, start: int, end: int) -> _Chunk:
    connection = await connect(url)
    try:
        tiles = await _stored_tiles(connection, start // TILE, end // TILE)
        hashes: list[bytes] = []
        roots: list[bytes] = []
        for begin in range(start, end, _FETCH):
            until = min(begin + _FETCH, end)
            wrong = await _verify_entries(connection, begin, until, hashes)
            # Whatever is wrong with tiles stands before that which is wrong with entries, or on the same one.
            wrong_tile = _verify_tiles(start, hashes, roots, tiles)
            if wrong_tile or wrong:
                return wrong_tile or wrong or _Chunk(b"")
        full = len(roots) * TILE
        root = fold(Growth(full, Growth(0, (), roots).frontier, hashes[full:]).frontier)
        if len(roots) == TILE:
            row = await connection.fetchrow(
                "SELECT hashes, root FROM ledger_tile WHERE level = 1 AND number = $1", start // CHUNK
            )
            if row is None or tuple(row) != (b"".join(roots), root):
                return _Chunk(b"", start, "the tile of level 1 over the entries from here on is not the one over them")
        return _Chunk(root)
    finally:
        await connection.close()


async def _stored_tiles(connection: asyncpg.Connection, first: int, end: int) -> dict[int, tuple[bytes, bytes]]:
    rows = await connection.fetch(
        "SELECT number, hashes, root FROM ledger_tile WHERE level = 0 AND number >= $1 AND number < $2", first, end
    )
    return {number: (hashes, root) for number, hashes, root in rows}


async def _verify_entries(connection: asyncpg.Connection, begin: int, until: int, hashes: list[bytes]) -> _Chunk | None:
    rows = await connection.fetch(
        "SELECT e.index, e.leaf, e.leaf_hash, e.at, e.agency, e.dataset, e.matter, e.decision, "
        "o.salts, o.subject, o.officer, o.case_number, o.request "
        "FROM ledger_entry e LEFT JOIN ledger_opening o ON o.index = e.index AND o.index >= $1 AND o.index < $2 "
        "WHERE e.index >= $1 AND e.index < $2 ORDER BY e.index",
        begin, until,
    )  # fmt: skip
    for expected, row in enumerate(rows, begin):
        index, leaf, stored, at, agency, dataset, matter, decision, salts, subject, officer, case, request = row
        if index != expected:
            return _Chunk(b"", expected, "the entry is missing")
        found = sha256(b"\x00" + leaf).digest()
        if found != stored:
            return _Chunk(b"", index, "the leaf was changed: it no longer has its hash")
        try:
            facts = orjson.loads(leaf)
            late = at - datetime.fromisoformat(facts["at"])
        except (ValueError, TypeError, KeyError):
            return _Chunk(b"", index, "the leaf cannot be read")
        if columns(facts) != (agency, dataset, matter, decision) or not _NO_TIME <= late < _MILLISECOND:
            return _Chunk(b"", index, "the search columns do not say what the leaf says")
        if salts is not None and not opens(facts, salts, (subject, officer, case, request)):
            return _Chunk(b"", index, "the opened values are not those that the leaf commits to")
        hashes.append(found)
    if begin + len(rows) != until:
        return _Chunk(b"", begin + len(rows), "the entry is missing")
    return None


def _verify_tiles(
    start: int, hashes: list[bytes], roots: list[bytes], stored: dict[int, tuple[bytes, bytes]]
) -> _Chunk | None:
    """Check the full tiles over a chunk's hashes that were not checked yet; their roots are added to ``roots``."""
    for at in range(len(roots), len(hashes) // TILE):
        number = start // TILE + at
        tile = hashes[at * TILE : (at + 1) * TILE]
        if number not in stored:
            return _Chunk(b"", number * TILE, "the tile over this entry is missing")
        data, root = stored[number]
        if data != b"".join(tile):
            wrong = next((at for at, found in enumerate(tile) if data[at * 32 : at * 32 + 32] != found), 0)
            return _Chunk(b"", number * TILE + wrong, "the entry is not the one that its tile holds")
        roots.append(fold(Growth(0, (), tile).frontier))
        if roots[-1] != root:
            return _Chunk(b"", number * TILE, "the root of the tile over this entry was changed")
    return None
