"""Appending to the ledger.

One statement stores entries, openings, subjects, the tiles that become full and the new signed head, and does so only
if the head is still the one that the batch was built upon (compare and set). So a batch is there whole, in its place,
or not at all, whichever of several workers and machines appended meanwhile.
"""

from collections.abc import Callable, Sequence
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

_APPEND = """
WITH head AS (
    UPDATE ledger_head SET size = $2, frontier = $3, checkpoint = $4 WHERE size = $1 AND frontier = $5 RETURNING true
), entries AS (
    INSERT INTO ledger_entry (index, at, agency, dataset, matter, decision, leaf, leaf_hash)
    SELECT e.* FROM head, unnest(
        $6::bigint[], $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::bytea[]
    ) e
), openings AS (
    INSERT INTO ledger_opening (index, salts, subject, officer, case_number, request)
    SELECT o.* FROM head, unnest($6::bigint[], $14::bytea[], $15::text[], $16::text[], $17::text[], $18::text[]) o
), subjects AS (
    INSERT INTO ledger_subject (index, pseudonym) SELECT s.* FROM head, unnest($19::bigint[], $20::bytea[]) s
), tiles AS (
    INSERT INTO ledger_tile (level, number, hashes, root)
    SELECT t.* FROM head, unnest($21::smallint[], $22::bigint[], $23::bytea[], $24::bytea[]) t
)
SELECT count(*) FROM head
"""

_Tile = tuple[int, int, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """The tree's size, its frontier (perfect subtrees, lowest first) and its last signed checkpoint."""

    size: int
    frontier: tuple[bytes, ...]
    checkpoint: str

    def follows(self, seen: "Head") -> bool:
        """Whether this head can be ``seen`` or a later one; a head that cannot means that the log was rolled back."""
        return self.size > seen.size or (self.size == seen.size and self.frontier == seen.frontier)


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
    """The stored head; with ``lock``, inside a transaction, no one else appends until it ends."""
    row = await connection.fetchrow(
        "SELECT size, frontier, checkpoint FROM ledger_head" + (" FOR UPDATE" if lock else "")
    )
    frontier = row["frontier"]
    hashes = tuple(frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES))
    return Head(row["size"], hashes, row["checkpoint"])


async def append(
    connection: asyncpg.Connection,
    leaves: Sequence[Leaf],
    signers: Sequence[NoteSigner],
    seen: Head,
    about_to: Callable[["Appended"], None] = lambda _: None,
) -> Appended:
    """Append a batch, in order, inside the caller's transaction, which alone makes it durable.

    Args:
        connection: inside a transaction.
        leaves: at least one.
        signers: of the ledger's active keys; the first one's name is the log's origin.
        seen: the head that this process saw last.
        about_to: told what is about to be stored, so that a commit of unknown outcome can be looked up.

    Raises:
        LedgerDoubtError: the stored head is not one to build upon; nothing is signed.
    """
    head = await read_head(connection, lock=True)
    if begins_partition(head, len(leaves)):
        await _make_partitions(connection, head.size, len(leaves))
    appended = await try_append(connection, head, leaves, signers, seen, about_to)
    if appended is None:
        raise LedgerDoubtError("ledger: the head changed although it was locked")
    return appended


async def try_append(
    connection: asyncpg.Connection,
    head: Head,
    leaves: Sequence[Leaf],
    signers: Sequence[NoteSigner],
    seen: Head,
    about_to: Callable[["Appended"], None] = lambda _: None,
) -> Appended | None:
    """Append a batch onto ``head`` if that still is the head; else None, and nothing is changed.

    Outside a transaction it is durable when this returns. The batch must not begin a new partition.

    Raises:
        LedgerDoubtError: ``head`` does not follow what this process saw last; nothing is signed.
    """
    if not head.follows(seen):
        raise LedgerDoubtError(f"ledger: the stored head ({head.size}) is behind the head seen here ({seen.size})")
    growth = Growth(head.size, head.frontier, [leaf.hash for leaf in leaves])
    tiles = await _full_tiles(connection, growth)
    checkpoint = sign_note(Checkpoint(signers[0].key.name, growth.size, growth.root).text, signers)
    appended = Appended(leaves, growth, checkpoint)
    about_to(appended)
    stored = await connection.fetchval(
        _APPEND,
        head.size,
        growth.size,
        b"".join(growth.frontier),
        checkpoint,
        b"".join(head.frontier),
        *_entry_arrays(head.size, leaves),
        *_subject_arrays(head.size, leaves),
        *([list(column) for column in zip(*tiles, strict=True)] if tiles else [[], [], [], []]),
    )
    return appended if stored else None


def begins_partition(head: Head, count: int) -> bool:
    """Whether a batch of ``count`` onto ``head`` needs a partition that may not be there."""
    return head.size == 0 or (head.size - 1) // PARTITION != (head.size + count - 1) // PARTITION


def _entry_arrays(start: int, leaves: Sequence[Leaf]) -> list[list[object]]:
    found = [columns(leaf.entry.facts) for leaf in leaves]
    openings = [leaf.entry.opening for leaf in leaves]
    return [
        list(range(start, start + len(leaves))),
        [leaf.at for leaf in leaves],
        *(list(column) for column in zip(*found, strict=True)),
        [leaf.data for leaf in leaves],
        [leaf.hash for leaf in leaves],
        [leaf.salts for leaf in leaves],
        [opening.subject for opening in openings],
        [opening.officer for opening in openings],
        [opening.case for opening in openings],
        [opening.request for opening in openings],
    ]


def _subject_arrays(start: int, leaves: Sequence[Leaf]) -> tuple[list[int], list[bytes]]:
    indexes: list[int] = []
    pseudonyms: list[bytes] = []
    for index, leaf in enumerate(leaves, start):
        indexes += [index] * len(leaf.entry.pseudonyms)
        pseudonyms += leaf.entry.pseudonyms
    return indexes, pseudonyms


async def _make_partitions(connection: asyncpg.Connection, size: int, count: int) -> None:
    for number in range(size // PARTITION, (size + count - 1) // PARTITION + 1):
        for table in _PARTITIONED:
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_{number} PARTITION OF {table} "
                f"FOR VALUES FROM ({number * PARTITION}) TO ({(number + 1) * PARTITION})"
            )


async def _full_tiles(connection: asyncpg.Connection, growth: Growth) -> list[_Tile]:
    """The tiles that this batch makes full, level by level."""
    tiles: list[_Tile] = []
    width, level = TILE, 0
    fresh: list[bytes] = []  # roots of this batch's tiles of the level below
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
    """The hashes [begin, end) of a tile level that were there before the batch."""
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
