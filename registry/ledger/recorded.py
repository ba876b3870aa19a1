"""The ledger's record of a register's row: the digest of its last entry, and the row's salt.

Entries are found by the row through ``register_entry``, those of licenses through ``license_event``. Both are made of
the leaves; ``registry.conformity`` compares rows with the leaves themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
import orjson

from keys.leaf.commitments import OPENED_SALTS, SALT_BYTES, commit_to_row
from registry.content import Row
from registry.ledger.leaf import Entry

EVENTS = "license"
"""The register whose entries are found by its events."""
# Looked up by their indexes, one by one, however many there are: never by a scan of the ledger.
_LEAVES = f"""
SELECT v.id, v.index, e.leaf, substr(o.salts, {OPENED_SALTS + 1}) AS salt FROM ({{source}}) v
LEFT JOIN LATERAL (SELECT leaf FROM ledger_entry WHERE index = v.index OFFSET 0) e ON true
LEFT JOIN LATERAL (SELECT salts FROM ledger_opening WHERE index = v.index OFFSET 0) o ON true
"""
_ALL = _LEAVES.format(source="SELECT id, max(index) AS index FROM register_entry WHERE register = $1 GROUP BY id")
_SOME = _LEAVES.format(
    source="SELECT id, max(index) AS index FROM register_entry WHERE register = $1 AND id = ANY($2::text[]) GROUP BY id"
)
_LICENSES = _LEAVES.format(
    source="SELECT identifier AS id, max(index) AS index FROM license_event "
    "WHERE identifier = ANY($1::text[]) GROUP BY identifier"
)
_ABOUT = ("agency", "system", "dataset", "source")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last entry that changed a row: its index, the row's digest and, if personal, its salt.

    ``about`` are the agencies, systems and datasets that the entry names.
    """

    index: int
    digest: str
    salt: bytes
    about: frozenset[str] = frozenset()

    def is_of(self, row: Row) -> bool:
        """Return whether a row is as this entry records it; false if its salt was erased."""
        if len(self.salt) != (SALT_BYTES if row.personal else 0):
            return False
        return commit_to_row(self.salt, row.canonical) == self.digest


async def last_recorded(
    connection: asyncpg.Connection, register: str, ids: Sequence[str] | None = None
) -> dict[str, Recorded]:
    """Return the ledger's record of rows by id; without ``ids``, of all rows but those of licenses."""
    if register == EVENTS:
        rows = await connection.fetch(_LICENSES, list(ids or ()))
    elif ids is None:
        rows = await connection.fetch(_ALL, register)
    else:
        rows = await connection.fetch(_SOME, register, list(ids))
    return {row["id"]: _recorded(row) for row in rows}


async def note_rows(connection: asyncpg.Connection, start: int, entries: Iterable[Entry]) -> None:
    """Store which rows the entries from index ``start`` on change, in their transaction."""
    noted = [
        (entry.row.register, entry.row.id, index)
        for index, entry in enumerate(entries, start)
        if entry.row is not None and entry.row.register != EVENTS
    ]
    if noted:
        await connection.executemany("INSERT INTO register_entry (register, id, index) VALUES ($1, $2, $3)", noted)


def _recorded(row: asyncpg.Record) -> Recorded:
    facts = orjson.loads(row["leaf"]) if row["leaf"] else {}
    about = frozenset(facts[name] for name in _ABOUT if name in facts)
    return Recorded(row["index"], facts.get("row_digest", ""), row["salt"] or b"", about)
