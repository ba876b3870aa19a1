"""Storing of batches: small ones by one statement, large ones by COPY.

The statement stores entries, openings, subjects, full tiles and the new head in one round trip, only if the head is the
one on which the batch was built (compare and set). COPY takes several round trips under a lock of the head, and half
the time per entry (docs/benchmarks/experiments.md).
"""

from collections.abc import Sequence
from typing import Protocol

import asyncpg

from keys.merkle import Growth
from registry.ledger.leaf import Leaf
from registry.ledger.partitions import partition_suffix

_ENTRY = ("index", "at", "agency", "dataset", "matter", "decision", "leaf", "leaf_hash")
_OPENING = ("index", "salts", "subject", "officer", "case_number", "request")
_SUBJECT = ("index", "pseudonym")
_TILE = ("level", "number", "hashes", "root")

_COMPARE_AND_SET = f"""
WITH head AS (
    UPDATE ledger_head SET size = $2, frontier = $3, checkpoint = $4 WHERE size = $1 AND frontier = $5 RETURNING true
), entries AS (
    INSERT INTO ledger_entry ({", ".join(_ENTRY)})
    SELECT e.* FROM head, unnest(
        $6::bigint[], $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::bytea[]
    ) e
), openings AS (
    INSERT INTO ledger_opening ({", ".join(_OPENING)})
    SELECT o.* FROM head, unnest($6::bigint[], $14::bytea[], $15::text[], $16::text[], $17::text[], $18::text[]) o
), subjects AS (
    INSERT INTO ledger_subject ({", ".join(_SUBJECT)}) SELECT s.* FROM head, unnest($19::bigint[], $20::bytea[]) s
), tiles AS (
    INSERT INTO ledger_tile ({", ".join(_TILE)})
    SELECT t.* FROM head, unnest($21::smallint[], $22::bigint[], $23::bytea[], $24::bytea[]) t
)
SELECT count(*) FROM head
"""

Tile = tuple[int, int, bytes, bytes]
"""Level, number, the 256 hashes, and their root."""


class Grown(Protocol):
    """A batch at its position in the tree."""

    @property
    def leaves(self) -> Sequence[Leaf]:
        """The leaves of the batch."""

    @property
    def growth(self) -> Growth:
        """The tree before and after the batch."""

    @property
    def checkpoint(self) -> str:
        """The signed head after the batch."""


async def compare_and_set(
    connection: asyncpg.Connection, frontier: Sequence[bytes], batch: Grown, tiles: Sequence[Tile]
) -> bool:
    """Store a batch if the head still has the tree ``frontier``; return whether it was stored."""
    growth = batch.growth
    entries, openings, subjects = _rows(growth.start, batch.leaves)
    stored = await connection.fetchval(
        _COMPARE_AND_SET,
        growth.start,
        growth.size,
        b"".join(growth.frontier),
        batch.checkpoint,
        b"".join(frontier),
        *zip(*entries, strict=True),
        *list(zip(*openings, strict=True))[1:],
        *_columns(subjects, len(_SUBJECT)),
        *_columns(tiles, len(_TILE)),
    )
    return bool(stored)


async def copy(connection: asyncpg.Connection, batch: Grown, tiles: Sequence[Tile]) -> None:
    """Store a batch by COPY, in a transaction that holds the head's lock."""
    growth = batch.growth
    entries, openings, subjects = _rows(growth.start, batch.leaves)
    suffix = partition_suffix(growth.start, growth.size)  # avoids routing of rows, a tenth of the time
    await connection.copy_records_to_table(f"ledger_entry{suffix}", records=entries, columns=_ENTRY)
    await connection.copy_records_to_table(f"ledger_opening{suffix}", records=openings, columns=_OPENING)
    await connection.copy_records_to_table(f"ledger_subject{suffix}", records=subjects, columns=_SUBJECT)
    await connection.copy_records_to_table("ledger_tile", records=tiles, columns=_TILE)
    await connection.execute(
        "UPDATE ledger_head SET size = $1, frontier = $2, checkpoint = $3",
        growth.size,
        b"".join(growth.frontier),
        batch.checkpoint,
    )


def _rows(start: int, leaves: Sequence[Leaf]) -> tuple[list[tuple[object, ...]], ...]:
    entries: list[tuple[object, ...]] = []
    openings: list[tuple[object, ...]] = []
    subjects: list[tuple[object, ...]] = []
    for index, leaf in enumerate(leaves, start):
        draft, opening = leaf.draft, leaf.draft.opening
        entries.append((index, leaf.at, *draft.columns, leaf.data, leaf.hash))
        openings.append((index, draft.salts, opening.subject, opening.officer, opening.case, opening.request))
        subjects += [(index, pseudonym) for pseudonym in draft.pseudonyms]
    return entries, openings, subjects


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[Sequence[object]]:
    return list(zip(*rows, strict=True)) or [()] * width
