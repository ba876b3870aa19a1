"""The canonical content of register rows, of which the ledger's entries of changes have the digest.

The content is every column of the stored row except those that are NULL, which are absent, and those that prove the
entry itself, as RFC 8785 JSON: times in UTC with microseconds, bytes as their SHA-256, exact numbers and JSON as text.
If a row is changed in the database only, its digest differs from that of its last entry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import asyncpg
import orjson


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """The storage of a register: its table, a row's key and version, and the nature of its rows.

    Rows may be ``personal``; ``erasable`` ones may be erased together with their salts.
    ``left_out`` are the columns outside the content. ``json`` are the columns of JSON. ``parts`` is a table whose rows
    belong to a row, by the two columns that name the row and order the parts.
    """

    register: str
    table: str
    key: str = "id"
    version: str = "revision"
    personal: bool = False
    erasable: bool = False
    left_out: frozenset[str] = frozenset()
    json: frozenset[str] = frozenset()
    parts: tuple[str, str, str] | None = None


REGISTERS: Mapping[str, RegisterTable] = {
    item.register: item
    for item in (
        RegisterTable("agency", "agency", "uscc"),
        RegisterTable("system", "system"),
        RegisterTable("person", "person", personal=True),
        RegisterTable("application", "application", personal=True, json=frozenset({"body"})),
        RegisterTable("proposal", "proposal", personal=True, json=frozenset({"body"})),
        RegisterTable("certificate", "certificate", "fingerprint", personal=True),
        RegisterTable("ledger-key", "ledger_key", "key_name"),
        RegisterTable("dataset", "dataset", version="version", json=frozenset({"body"})),
        RegisterTable("matter", "matter", version="version", json=frozenset({"body"})),
        RegisterTable("license-type", "license_type", version="version", json=frozenset({"body"})),
        RegisterTable("grant", "access_grant"),
        RegisterTable("seal-rule", "seal_rule", personal=True, json=frozenset({"body"})),
        RegisterTable("seal", "seal", personal=True),
        RegisterTable(
            "license", "license", "identifier", personal=True, erasable=True,
            left_out=frozenset({"entry", "receipt", "envelope", "photo"}),
            json=frozenset({"holders", "fields", "annotation", "facts"}),
        ),
        RegisterTable("code", "license_code", "digest", personal=True, erasable=True, json=frozenset({"basis"})),
        RegisterTable(
            "document", "document", personal=True, erasable=True, parts=("document_delivery", "document", "recipient")
        ),
    )
}  # fmt: skip
"""The registers by their names in entries; personal ones have people's names, codes or free text."""
_PARTS = "parts"
_PLAIN = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Row:
    """A register's row for the ledger: its id, its version, and its canonical content."""

    register: str
    id: str
    version: int
    content: Mapping[str, Any]

    @property
    def canonical(self) -> bytes:
        """The content as RFC 8785 JSON, for which sorting suffices with these types and ASCII names."""
        return orjson.dumps(self.content, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)

    @property
    def personal(self) -> bool:
        """Whether its digest is salted, so that its content cannot be guessed from the ledger."""
        return REGISTERS[self.register].personal


def row_of(register: str, values: Mapping[str, Any]) -> Row:
    """Return a row of a register from the values of its columns; JSON is given as canonical text."""
    table = REGISTERS[register]
    content = {
        name: value if type(value) in _PLAIN else _FORMS[type(value)](value)
        for name, value in values.items()
        if value is not None
    }
    return Row(register, values[table.key], values[table.version], content)


async def stored_rows(
    connection: asyncpg.Connection, register: str, ids: Sequence[str] | None = None, *, lock: bool = False
) -> dict[str, Row]:
    """Return the latest stored versions of rows of a register, by id; without ``ids`` of all rows.

    ``lock`` keeps them unchanged by others until the transaction ends.
    """
    table = REGISTERS[register]
    which = "" if ids is None else f"WHERE {table.key} = ANY($1::text[])"
    found = await connection.fetch(
        f"SELECT * FROM {table.table} {which} ORDER BY {table.key}, {table.version}{' FOR UPDATE' if lock else ''}",
        *([] if ids is None else [list(ids)]),
    )
    rows = {row[table.key]: stored_values(register, row) for row in found}
    await add_parts(connection, register, rows)
    return {item: row_of(register, row) for item, row in rows.items()}


async def add_parts(connection: asyncpg.Connection, register: str, rows: Mapping[str, dict[str, Any]]) -> None:
    """Add the rows of the register's parts to the values of rows, by id."""
    table = REGISTERS[register]
    if table.parts is None:
        return
    name, key, order = table.parts
    for row in rows.values():
        row[_PARTS] = []
    parts = await connection.fetch(
        f"SELECT * FROM {name} WHERE {key} = ANY($1::text[]) ORDER BY {key}, {order}", list(rows)
    )
    for part in parts:
        rows[part[key]][_PARTS].append(dict(part))


def stored_values(register: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a stored row that are part of its content, with JSON as canonical text."""
    table = REGISTERS[register]
    return {
        name: _json_text(value) if name in table.json else value
        for name, value in row.items()
        if name not in table.left_out
    }


def _json_text(stored: Any) -> str:
    """Return stored JSON as canonical text; SQLAlchemy's connections return parsed data instead of text."""
    found = orjson.loads(stored) if isinstance(stored, str) else stored
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()


def _canonical(value: Any) -> Any:
    return value if type(value) in _PLAIN else _FORMS[type(value)](value)


def _time(value: datetime) -> str:
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


_FORMS: Mapping[type, Callable[[Any], Any]] = {
    datetime: _time,
    date: date.isoformat,
    bytes: lambda value: sha256(value).hexdigest(),
    Decimal: lambda value: format(value, "f"),
    list: lambda value: [_canonical(item) for item in value],
    dict: lambda value: {name: _canonical(item) for name, item in value.items()},
}
"""The canonical form of a value by its type; other types are errors."""
