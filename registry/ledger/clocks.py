"""The clock of a row, by the leaves of its entries: the same that an outsider computes."""

import asyncpg

from keys.clocks import Clock, fold
from keys.leaf.reading import LeafContent, read_leaf

_STEPS = """
SELECT e.leaf FROM register_entry r JOIN ledger_entry e ON e.index = r.index
WHERE r.register = $1 AND r.id = $2 AND position('"clock":"'::bytea in e.leaf) > 0 ORDER BY r.index
"""


async def clock_steps(connection: asyncpg.Connection, register: str, item: str) -> list[LeafContent]:
    """Return the entries that step a row's clock, in their order."""
    return [read_leaf(row["leaf"]) for row in await connection.fetch(_STEPS, register, item)]


async def clock_of(connection: asyncpg.Connection, register: str, item: str) -> Clock | None:
    """Return a row's last clock; None if it never had one."""
    return next(reversed(fold(await clock_steps(connection, register, item))), None)
