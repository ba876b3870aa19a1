"""The ledger's record of a register's row: the digest of its last entry, and the row's salt.

Entries are found by the row through ``register_entry``, those of licenses through ``license_event``. Both are made of
the leaves; ``registry.conformity`` compares rows with the leaves themselves. Both keep the salts, too, as long as the
rows are there; erasing an entry's opening does not erase them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import orjson

from keys.leaf.commitments import SALT_BYTES, commit_to_row
from registry.content import REGISTERS, Row
from registry.ledger.leaf import Entry

EVENTS = "license"
"""The register whose entries are found by its events."""
# Looked up by their indexes, one by one, however many there are: never by a scan of the ledger.
_LEAVES = """
SELECT v.id, v.index, e.leaf, v.salt FROM ({source}) v
LEFT JOIN LATERAL (SELECT leaf FROM ledger_entry WHERE index = v.index OFFSET 0) e ON true
"""
_ALL = _LEAVES.format(
    source="SELECT DISTINCT ON (id) id, index, salt FROM register_entry WHERE register = $1 ORDER BY id, index DESC"
)
_SOME = _LEAVES.format(
    source="SELECT DISTINCT ON (id) id, index, salt FROM register_entry "
    "WHERE register = $1 AND id = ANY($2::text[]) ORDER BY id, index DESC"
)
_LICENSES = _LEAVES.format(
    source="SELECT DISTINCT ON (identifier) identifier AS id, index, salt FROM license_event "
    "WHERE identifier = ANY($1::text[]) ORDER BY identifier, index DESC"
)
_ABOUT = ("agency", "system", "dataset", "source")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last entry that changed a row: its index, the row's digest and, if personal, its salt.

    ``about`` are the agencies, systems and datasets that the entry names. ``erased`` says that the salt was
    erased of a row that may be, as it is when the row itself is. ``reason`` is the entry's: how the row changed.
    """

    index: int
    digest: str
    salt: bytes
    about: frozenset[str] = frozenset()
    erased: bool = False
    reason: str = ""

    def is_of(self, row: Row) -> bool:
        """Return whether a row is as this entry records it; false without its salt."""
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
    erasable = REGISTERS[register].erasable
    return {row["id"]: _recorded(row, erasable=erasable) for row in rows}


async def note_rows(
    connection: asyncpg.Connection, start: int, entries: Sequence[Entry], salts: Sequence[bytes]
) -> None:
    """Store which rows the entries from index ``start`` on change, and the salts of their digests."""
    noted = [
        (entry.row.register, entry.row.id, index, salt or None)
        for index, (entry, salt) in enumerate(zip(entries, salts, strict=True), start)
        if entry.row is not None and entry.row.register != EVENTS
    ]
    if noted:
        await connection.executemany(
            "INSERT INTO register_entry (register, id, index, salt) VALUES ($1, $2, $3, $4)", noted
        )


def recorded_of(row: asyncpg.Record, register: str) -> Recorded | None:
    """Return what a row's last entry records; None without one.

    The record has the columns ``index``, ``leaf`` and ``salt``.
    """
    return _recorded(row, erasable=REGISTERS[register].erasable) if row["index"] is not None else None


def _recorded(row: asyncpg.Record, *, erasable: bool) -> Recorded:
    facts = orjson.loads(row["leaf"]) if row["leaf"] else {}
    about = frozenset(facts[name] for name in _ABOUT if name in facts)
    salt = row["salt"] or b""
    digest, reason = facts.get("row_digest", ""), facts.get("reason", "")
    return Recorded(row["index"], digest, salt, about, erased=erasable and not salt, reason=reason)
