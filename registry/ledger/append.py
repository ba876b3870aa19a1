"""Appending of batches to the ledger.

A batch, its newly full tiles and the new signed head are stored only if the stored head is the one on which the batch
was built. So batches of several workers and machines never interleave or get lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg

from keys.errors import KeysError
from keys.merkle import HASH_BYTES, Growth, fold, leaf_hash
from keys.notes import Checkpoint, NoteKey, NoteSigner, open_checkpoint, sign_note
from keys.receipt import Receipt
from registry.errors import LedgerDoubtError
from registry.ledger.clock import Now, is_behind, time_after
from registry.ledger.leaf import Draft, Leaf, stamp_all
from registry.ledger.partitions import begins_partition, make_partitions
from registry.ledger.rows import Tile, compare_and_set, copy

TILE = 256
COPY_FROM = 256
"""Entries from which on COPY under a lock is faster than one statement."""


class TreeHead(NamedTuple):
    """The state of a log: its size, and the root of all entries (empty for none)."""

    size: int = 0
    root: bytes = b""


@dataclass(frozen=True, slots=True)
class Head:
    """The tree's size, frontier (lowest subtree first), signed checkpoint, and last entry's time."""

    size: int
    frontier: tuple[bytes, ...]
    checkpoint: str
    at: datetime | None = None

    @property
    def tree_head(self) -> "TreeHead":
        """The size and root of the log."""
        return TreeHead(self.size, fold(self.frontier) if self.frontier else b"")

    def follows(self, seen: "TreeHead") -> bool:
        """Return whether this head can be ``seen`` or later; if not, the log was rolled back."""
        return self.size > seen.size or self.tree_head == seen


@dataclass(frozen=True, slots=True)
class Appended:
    """An appended batch, from which the receipts of its entries are made."""

    leaves: Sequence[Leaf]
    growth: Growth
    checkpoint: str

    def receipt(self, position: int) -> str:
        """Return the receipt of the batch's leaf at ``position``."""
        index = self.growth.start + position
        return Receipt(self.leaves[position].data, index, self.growth.proof(index), self.checkpoint).text

    @property
    def row_salts(self) -> list[bytes]:
        """The salts of the digests of personal rows, by entry; empty for others."""
        return [leaf.draft.row_salt for leaf in self.leaves]

    @property
    def head(self) -> Head:
        """The head after this batch."""
        return Head(self.growth.size, tuple(self.growth.frontier), self.checkpoint, self.leaves[-1].at)


async def read_head(connection: asyncpg.Connection, *, lock: bool = False) -> Head:
    """Return the stored head; ``lock`` blocks other appends until the transaction ends."""
    row = await connection.fetchrow(
        "SELECT size, frontier, checkpoint FROM ledger_head" + (" FOR UPDATE" if lock else "")
    )
    if row is None:
        raise LedgerDoubtError("ledger: it has no head")
    frontier = row["frontier"]
    hashes = tuple(frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES))
    # A separate statement: the first one's snapshot is taken before it waits for the lock, and is stale after it.
    at = await connection.fetchval("SELECT at FROM ledger_entry WHERE index = $1", row["size"] - 1)
    return Head(row["size"], hashes, row["checkpoint"], at)


def require_signed(head: Head, known: Sequence[NoteKey]) -> None:
    """Check that a head is the one that its own checkpoint signs.

    Raises:
        LedgerDoubtError: names what disagrees.
    """
    if head == Head(0, (), ""):
        return
    try:
        checkpoint = open_checkpoint(head.checkpoint, known)
    except KeysError as error:
        raise LedgerDoubtError(f"ledger: the head's checkpoint does not verify ({error})") from error
    whole = len(head.frontier) == head.size.bit_count()
    if not whole or checkpoint.size != head.size or checkpoint.root != fold(head.frontier):
        raise LedgerDoubtError("ledger: the head and its checkpoint disagree")


async def append(
    connection: asyncpg.Connection,
    drafts: Sequence[Draft],
    signers: Sequence[NoteSigner],
    known: Sequence[NoteKey],
    seen: TreeHead | None,
    now: Now,
    about_to: Callable[["Appended"], None] = lambda _: None,
    *,
    confirmed: bool = False,
) -> Appended:
    """Append a batch in order, in the caller's transaction, whose commit makes it durable.

    Args:
        connection: a connection in a transaction.
        drafts: the entries, at least one.
        signers: the signers of the ledger's active keys; the first one's name is the log's origin.
        known: all keys of the ledger, since a key that signed the head may be retired.
        seen: the last known state of the log; None if unknown.
        now: the clock.
        about_to: called before storing, so that a commit of unknown outcome can be looked up.
        confirmed: the batch is an operator's confirmation of the clock, so it may be before the last entry.

    Raises:
        LedgerDoubtError: the stored head is in doubt; nothing is signed.
        LedgerClockError: the clock is behind the last entry; nothing is signed.
    """
    head = await read_head(connection, lock=True)
    require_signed(head, known)
    if begins_partition(head.size, len(drafts)):
        await make_partitions(connection, head.size, len(drafts))
    if seen and not head.follows(seen):
        raise LedgerDoubtError(f"ledger: the stored head ({head.size}) is behind what was seen here ({seen.size})")
    leaves = stamp_all(drafts, now() if confirmed else time_after(head.at, now()))
    appended, tiles = await _grow(connection, head, leaves, signers)
    about_to(appended)
    if len(drafts) >= COPY_FROM:
        await copy(connection, appended, tiles)
    elif not await compare_and_set(connection, head.frontier, appended, tiles):
        raise LedgerDoubtError("ledger: the head changed although it was locked")
    return appended


async def try_append(
    connection: asyncpg.Connection,
    head: Head,
    drafts: Sequence[Draft],
    signers: Sequence[NoteSigner],
    now: Now,
    about_to: Callable[["Appended"], None] = lambda _: None,
) -> Appended | None:
    """Append a small batch to ``head``, the last one seen; return None if the head has changed.

    It also returns None if the clock is in doubt, which ``append`` decides by the stored head. Outside a transaction,
    the batch is durable on return. It must not begin a new partition.
    """
    at = now()
    if is_behind(head.at, at):
        return None
    leaves = stamp_all(drafts, time_after(head.at, at))
    appended, tiles = await _grow(connection, head, leaves, signers)
    about_to(appended)
    return appended if await compare_and_set(connection, head.frontier, appended, tiles) else None


async def _grow(
    connection: asyncpg.Connection, head: Head, leaves: Sequence[Leaf], signers: Sequence[NoteSigner]
) -> tuple[Appended, list[Tile]]:
    growth = Growth(head.size, head.frontier, [leaf.hash for leaf in leaves])
    tiles = await _full_tiles(connection, growth)
    checkpoint = sign_note(Checkpoint(signers[0].key.name, growth.size, growth.root).text, signers)
    return Appended(leaves, growth, checkpoint), tiles


async def _full_tiles(connection: asyncpg.Connection, growth: Growth) -> list[Tile]:
    """Return the tiles that this batch completes, level by level."""
    tiles: list[Tile] = []
    width, level = TILE, 0
    fresh: list[bytes] = []  # roots of this batch's tiles, one level lower
    while growth.size // width > growth.start // width:
        first, end = growth.start // width, growth.size // width
        below = growth.start // (width // TILE)
        former = await _stored_hashes(connection, level, first * TILE, below)
        hashes = former + (fresh if level else [growth.node(0, index) for index in range(below, end * TILE)])
        fresh = []
        for number in range(first, end):
            tile = hashes[(number - first) * TILE : (number - first + 1) * TILE]
            root = fold(Growth(0, (), tile).frontier)
            fresh.append(root)
            tiles.append((level, number, b"".join(tile), root))
        level, width = level + 1, width * TILE
    return tiles


async def _stored_hashes(connection: asyncpg.Connection, level: int, begin: int, end: int) -> list[bytes]:
    """Return the stored hashes [begin, end) of a tile level."""
    if begin == end:
        return []
    if level:
        rows = await connection.fetch(
            "SELECT root FROM ledger_tile WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number",
            level - 1, begin, end,
        )  # fmt: skip
        return [row["root"] for row in rows]
    rows = await connection.fetch(
        "SELECT leaf FROM ledger_entry WHERE index >= $1 AND index < $2 ORDER BY index", begin, end
    )
    return [leaf_hash(row["leaf"]) for row in rows]
