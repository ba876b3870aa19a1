"""Partitions of the ledger's tables by index, made when a batch first reaches into one."""

import asyncpg

PARTITION = 1 << 24
"""Entries in one partition: the size of a full tree of three tile levels."""

_PARTITIONED = ("ledger_entry", "ledger_opening", "ledger_subject")


def begins_partition(size: int, count: int) -> bool:
    """Whether a batch of ``count`` onto ``size`` entries needs a partition that may not be there."""
    return size == 0 or (size - 1) // PARTITION != (size + count - 1) // PARTITION


def partition_suffix(start: int, end: int) -> str:
    """What the names of the partition end in that holds all of [start, end); empty if no single one does."""
    first, last = start // PARTITION, (end - 1) // PARTITION
    return f"_{first}" if first == last else ""


async def make_partitions(connection: asyncpg.Connection, size: int, count: int) -> None:
    """Make the partitions that a batch of ``count`` onto ``size`` entries needs, where they are missing.

    Inside a transaction that holds the head's lock.
    """
    for number in range(size // PARTITION, (size + count - 1) // PARTITION + 1):
        for table in _PARTITIONED:
            if await connection.fetchval("SELECT to_regclass($1)", f"{table}_{number}"):
                continue
            # Made by itself and then attached, which waits for no one who reads or writes the others.
            await connection.execute(
                f"CREATE TABLE {table}_{number} (LIKE {table} INCLUDING ALL) "
                # Rows only ever come: statistics go stale slowly, and sampling wide leaves takes most of a second.
                "WITH (autovacuum_analyze_scale_factor = 0.5)"
            )
            await connection.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {table}_{number} "
                f"FOR VALUES FROM ({number * PARTITION}) TO ({(number + 1) * PARTITION})"
            )
