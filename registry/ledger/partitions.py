"""Partitions of the ledger's tables by index, created by the first batch that reaches them."""

import asyncpg

PARTITION = 1 << 24
"""Entries of one partition: the size of a full tree of three tile levels."""

_PARTITIONED = ("ledger_entry", "ledger_opening", "ledger_subject")


def begins_partition(size: int, count: int) -> bool:
    """Return whether a batch of ``count`` after ``size`` entries may need a new partition."""
    return size == 0 or (size - 1) // PARTITION != (size + count - 1) // PARTITION


def partition_suffix(start: int, end: int) -> str:
    """Return the name suffix of the partition that has all of [start, end); empty if there is none."""
    first, last = start // PARTITION, (end - 1) // PARTITION
    return f"_{first}" if first == last else ""


async def make_partitions(connection: asyncpg.Connection, size: int, count: int) -> None:
    """Create the missing partitions for a batch of ``count`` after ``size`` entries.

    Call it in a transaction that holds the head's lock.
    """
    for number in range(size // PARTITION, (size + count - 1) // PARTITION + 1):
        for table in _PARTITIONED:
            if await connection.fetchval("SELECT to_regclass($1)", f"{table}_{number}"):
                continue
            # Created separately and then attached, which does not wait for readers and writers of other partitions.
            await connection.execute(
                f"CREATE TABLE {table}_{number} (LIKE {table} INCLUDING ALL) "
                # Rows are only inserted: statistics age slowly, and sampling wide leaves takes most of a second.
                "WITH (autovacuum_analyze_scale_factor = 0.5)"
            )
            await connection.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {table}_{number} "
                f"FOR VALUES FROM ({number * PARTITION}) TO ({(number + 1) * PARTITION})"
            )
