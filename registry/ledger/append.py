"""Appending to the ledger inside a transaction that the caller owns.

Locks the head row, so that several workers and several machines append to one log; assigns indexes, COPYs entries,
openings and subjects, derives the tiles that become full, and stores the new signed checkpoint. Nothing is durable,
and nothing may be released, before the caller's transaction is committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from keys.merkle import HASH_BYTES, Growth, fold, leaf_hash
from keys.notes import Checkpoint, NoteSigner, sign_note
from keys.receipt import Receipt
from registry.errors import LedgerDoubtError
from registry.ledger.leaf import Leaf, columns

TILE = 256
PARTITION = 1 << 24
"""Entries in one partition: the size of a full tree of three tile levels."""

_PARTITIONED = ("ledger_entry", "ledger_opening", "ledger_subject")


@dataclass(frozen=True, slots=True)
class Head:
    """The tree's size, its frontier (perfect subtrees, lowest first) and its last signed checkpoint."""

    size: int
    frontier: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Appended:
    """A batch in the tree: from it alone every fresh receipt is made."""

    leaves: Sequence[Leaf]
    growth: Growth
    checkpoint: str

    def receipt(self, position: int) -> str:
        """The receipt of the batch's leaf at ``position``."""
        index = self.growth.start + position
        return Receipt(self.leaves[position].data, index, self.growth.proof(index), self.checkpoint).text

    @property
    def head(self) -> Head:
        """The head that this batch leaves behind."""
        return Head(self.growth.size, tuple(self.growth.frontier), self.checkpoint)


async def read_head(connection: asyncpg.Connection, *, lock: bool = False) -> Head:
    """The stored head; with ``lock`` no one else appends until the transaction ends."""
    row = await connection.fetchrow(
        "SELECT size, frontier, checkpoint FROM ledger_head" + (" FOR UPDATE" if lock else "")
    )
    frontier = row["frontier"]
    hashes = tuple(frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES))
    return Head(row["size"], hashes, row["checkpoint"])


async def append(
    connection: asyncpg.Connection, leaves: Sequence[Leaf], signers: Sequence[NoteSigner], seen: Head
) -> Appended:
    """Append a batch, in order.

    Args:
        connection: inside a transaction.
        leaves: at least one.
        signers: of the ledger's active keys; the first one's name is the log's origin.
        seen: the head that this process saw last; a stored head behind it means that the log was rolled back.

    Raises:
        LedgerDoubtError: the stored head is not one to build upon; nothing is signed.
    """
    head = await read_head(connection, lock=True)
    if head.size < seen.size or (head.size == seen.size and head.frontier != seen.frontier):
        raise LedgerDoubtError(f"ledger: the stored head ({head.size}) is behind the head seen here ({seen.size})")
    growth = Growth(head.size, head.frontier, [leaf.hash for leaf in leaves])
    if head.size // PARTITION != (growth.size - 1) // PARTITION or head.size == 0:
        await _make_partition(connection, (growth.size - 1) // PARTITION)
    await _copy(connection, head.size, leaves)
    await _derive_tiles(connection, growth)
    checkpoint = sign_note(Checkpoint(signers[0].key.name, growth.size, growth.root).text, signers)
    await connection.execute(
        "UPDATE ledger_head SET size = $1, frontier = $2, checkpoint = $3",
        growth.size,
        b"".join(growth.frontier),
        checkpoint,
    )
    return Appended(leaves, growth, checkpoint)


async def _copy(connection: asyncpg.Connection, start: int, leaves: Sequence[Leaf]) -> None:
    entries, openings, subjects = [], [], []
    for index, leaf in enumerate(leaves, start):
        entry, opening = leaf.entry, leaf.entry.opening
        entries.append((index, leaf.at, *columns(entry.facts), leaf.data, leaf.hash))
        openings.append((index, leaf.salts, opening.subject, opening.officer, opening.case, opening.request))
        for pseudonym in entry.pseudonyms:
            subjects.append((index, pseudonym))
    await connection.copy_records_to_table("ledger_entry", records=entries)
    await connection.copy_records_to_table("ledger_opening", records=openings)
    if subjects:
        await connection.copy_records_to_table("ledger_subject", records=subjects)


async def _make_partition(connection: asyncpg.Connection, number: int) -> None:
    low, high = number * PARTITION, (number + 1) * PARTITION
    for table in _PARTITIONED:
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table}_{number} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({high})"
        )


async def _derive_tiles(connection: asyncpg.Connection, growth: Growth) -> None:
    """Store the tiles that this batch makes full, level by level."""
    width = TILE
    level = 0
    while growth.size // width > growth.start // width:
        first, end = growth.start // width, growth.size // width
        hashes = await _tile_hashes(connection, growth, level, first * TILE, end * TILE)
        tiles = [hashes[at : at + TILE] for at in range(0, len(hashes), TILE)]
        await connection.copy_records_to_table(
            "ledger_tile",
            records=[
                (level, first + at, b"".join(tile), fold(Growth(0, (), tile).frontier))
                for at, tile in enumerate(tiles)
            ],
        )
        level, width = level + 1, width * TILE


async def _tile_hashes(
    connection: asyncpg.Connection, growth: Growth, level: int, begin: int, end: int
) -> list[bytes]:
    """The hashes [begin, end) at a tile level: what was there before from the database, the rest from the batch."""
    fresh_from = growth.start >> (8 * level)
    if level:  # tiles of the level below, this batch's included, are stored already
        rows = await connection.fetch(
            "SELECT root FROM ledger_tile WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number",
            level - 1, begin, end,
        )  # fmt: skip
        return [row["root"] for row in rows]
    rows = await connection.fetch(
        "SELECT leaf FROM ledger_entry WHERE index >= $1 AND index < $2 ORDER BY index", begin, fresh_from
    )
    return [leaf_hash(row["leaf"]) for row in rows] + [growth.node(0, index) for index in range(fresh_from, end)]
