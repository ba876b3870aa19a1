"""Comparison of the registers with the ledger: rows changed, added or removed without an entry.

What the ledger records of each row is gathered from the leaves themselves into a temporary table, so neither the
entries' index by row nor the licenses' events are believed. Rows are read by a cursor beside it, in one snapshot:
memory is bounded, however many there are.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from registry.connection import connect
from registry.content import REGISTERS, RegisterTable, add_parts, row_of, stored_values
from registry.departures import Change, Departure, compare
from registry.derived import derived_departures, odd_documents
from registry.ledger.append import read_head
from registry.ledger.recorded import Recorded

MAX_NAMED = 10_000
"""Departures that are named; of more, the number is told."""
Progress = Callable[[str, int, int], None]
_CHUNK = 1 << 16
"""Entries whose leaves are gathered at once."""
_FETCH = 1_000
_VERSIONED = "version"
"""The version column of registers that keep each version as a row of its own."""

_TABLE = """
CREATE TEMP TABLE recorded (
    register text, key text, version int, index bigint, digest text, salt bytea, erased boolean,
    reason text, dataset text, source text, at timestamptz
) ON COMMIT DROP
"""
_GATHER = """
INSERT INTO recorded
SELECT CASE WHEN kind LIKE 'register.%' THEN substr(kind, 10) ELSE split_part(kind, '.', 1) END,
       coalesce(said->>'object', said->>'answer'), (said->>'version')::int, index, said->>'row_digest', salt,
       salt IS NULL AND closed, said->>'reason', said->>'dataset', said->>'source', (said->>'at')::timestamptz
FROM (
    SELECT e.index, convert_from(e.leaf, 'UTF8')::jsonb AS said, coalesce(r.salt, v.salt) AS salt,
           o.index IS NULL AS closed
    FROM ledger_entry e
    LEFT JOIN ledger_opening o ON o.index = e.index
    LEFT JOIN register_entry r ON r.index = e.index
    LEFT JOIN license_event v ON v.index = e.index
    WHERE e.index >= $1 AND e.index < $2 AND position('"row_digest":"'::bytea in e.leaf) > 0
) leaves, LATERAL (SELECT said->>'kind' AS kind) named
"""
_KEYS = "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
_WHOLE = (
    "encode(sha256(convert_to(t.envelope, 'UTF8')), 'hex') = t.envelope_sha256 "
    "AND encode(sha256(t.photo), 'hex') = t.photo_sha256"
)
"""Whether a license's envelope and photo are those whose digests are columns of its content."""


@dataclass(slots=True)
class Conformity:
    """The outcome: the number of compared rows, and of departing ones, the first of which are named.

    ``erased`` rows are those that were erased together with their salts and the openings of their last entries.
    """

    rows: int = 0
    erased: int = 0
    departed: int = 0
    named: list[Departure] = field(default_factory=list)

    def add(self, found: Departure) -> None:
        """Count a departure, and name it if there are not too many."""
        self.departed += 1
        if len(self.named) < MAX_NAMED:
            self.named.append(found)

    def of_registers(self) -> dict[str, int]:
        """Return the number of named departures of each register."""
        counts = dict.fromkeys(REGISTERS, 0)
        for item in self.named:
            counts[item.register] = counts.get(item.register, 0) + 1
        return counts


def _untold(_what: str, _done: int, _size: int) -> None:
    """Ignore the progress."""


async def check_registers(url: str, progress: Progress = _untold) -> Conformity:
    """Compare every row of every register with the ledger.

    Args:
        url: of the database.
        progress: told (what is read, how much of it is done, how much there is) during the work.

    Raises:
        StorageError: the database does not answer.
        LedgerDoubtError: the ledger has no head.
    """
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            return await compare_registers(connection, progress)
    finally:
        await connection.close()


async def compare_registers(connection: asyncpg.Connection, progress: Progress = _untold) -> Conformity:
    """Compare every row of every register with the ledger, as the caller's transaction sees them."""
    found = Conformity()
    await _gather(connection, progress)
    for register, table in REGISTERS.items():
        size = await connection.fetchval(f"SELECT count(*) FROM {table.table}")
        done = 0
        async for batch, erased in _departures(connection, register):
            found.erased += erased
            done += _FETCH
            progress(register, min(done, size), size)
            for item in batch:
                found.add(item)
        found.rows += size
    async for item in derived_departures(connection):
        found.add(item)
    return found


async def _gather(connection: asyncpg.Connection, progress: Progress) -> None:
    size = (await read_head(connection)).size
    await connection.execute(_TABLE)
    for start in range(0, size, _CHUNK):
        until = min(start + _CHUNK, size)
        await connection.execute(_GATHER, start, until)
        progress("ledger", until, size)
    await connection.execute("CREATE INDEX ON recorded (register, key, version, index DESC)")
    await connection.execute("ANALYZE recorded")


async def _departures(connection: asyncpg.Connection, register: str) -> AsyncIterator[tuple[list[Departure], int]]:
    """Departures of a register, in batches of rows, and how many rows of each were erased."""
    table = REGISTERS[register]
    names = [row["attname"] for row in await connection.fetch(_KEYS, table.table)]
    cursor = await connection.cursor(_query(table, [name for name in names if name not in table.left_out]), register)
    while rows := await cursor.fetch(_FETCH):
        values = {
            _id(table, row): stored_values(register, {name: row[name] for name in names if name in row})
            for row in rows
            if row[table.key] is not None
        }
        await add_parts(connection, register, values)
        stored = {item: row_of(register, found) for item, found in values.items()}
        recorded = {
            _id(table, row): Recorded(
                row["recorded_index"],
                row["recorded_digest"],
                row["recorded_salt"] or b"",
                erased=table.erasable and row["recorded_erased"],
            )
            for row in rows
            if row["recorded_index"] is not None
        }
        batch = compare(register, stored, recorded)
        odd = {_id(table, row) for row in rows if row[table.key] is not None and not row["whole"]}
        if register == "document":
            odd |= await odd_documents(connection, {row["id"]: row["manifest"] for row in rows if row["id"]})
        batch += [
            Departure(register, item, Change.CHANGED, recorded[item].index if item in recorded else None)
            for item in sorted(odd - {item.id for item in batch})
        ]
        yield batch, sum(last.erased for item, last in recorded.items() if item not in stored)


def _query(table: RegisterTable, columns: list[str]) -> str:
    """Rows of a register beside what the ledger records of each last."""
    license_ = table.register == "license"
    key = "digest" if license_ else table.key
    versioned = table.version == _VERSIONED
    per = "key,version" if versioned else "key"
    same = f"r.key = t.{key}" + (" AND r.version = t.version" if versioned else "")
    return (
        f"SELECT {', '.join(f't.{name}' for name in columns)}, {_WHOLE if license_ else 'true'} AS whole, "
        "r.key AS recorded_key, r.version AS recorded_version, r.index AS recorded_index, "
        f"r.digest AS recorded_digest, r.salt AS recorded_salt, r.erased AS recorded_erased FROM {table.table} t "
        f"FULL JOIN (SELECT DISTINCT ON ({per}) * FROM recorded WHERE register = $1 ORDER BY {per}, index DESC) r "
        f"ON {same}"
    )


def _id(table: RegisterTable, row: Any) -> str:
    """Return the id of a row; a missing license has its envelope's digest."""
    name = row[table.key] if row[table.key] is not None else row["recorded_key"]
    if table.version != _VERSIONED:
        return str(name)
    version = row[_VERSIONED] if row[table.key] is not None else row["recorded_version"]
    return f"{name}@{version}"
