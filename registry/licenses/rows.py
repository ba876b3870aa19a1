"""Rows of licenses: their columns and content, and licenses from rows that the ledger confirms."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import asyncpg
import orjson

from registry.content import Row, row_of, stored_values
from registry.errors import DepartedError
from registry.identifiers import SubjectKind
from registry.ledger.recorded import Recorded, last_recorded, recorded_of
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Fact, License
from registry.licenses.states import LicenseState

_COLUMNS = (
    "identifier", "type", "type_version", "number", "issuer", "request", "version", "holders", "fields", "valid_from",
    "valid_to", "issued_at", "state", "revision", "status_list", "status_index", "envelope", "digest", "entry",
    "receipt", "prior", "changed_at", "why", "flag", "annotation", "facts", "photo", "envelope_sha256", "photo_sha256",
)  # fmt: skip
_NO_PHOTO = sha256(b"").hexdigest()
PROOFS = ("envelope", "entry", "receipt", "photo")
"""Columns outside the row's content: it has their digests, or they prove the entry itself."""
CONTENT = tuple(name for name in _COLUMNS if name not in PROOFS)
"""The columns of a row's content."""
_DIGESTS = ("envelope_sha256", "photo_sha256")
_READ = [name for name in _COLUMNS if name != "entry"]
_FIELDS = [name for name in _READ if name not in _DIGESTS]
_EMPTY = {"envelope": "''", "receipt": "''", "photo": "''::bytea"}
LIGHT = ", ".join(f"{_EMPTY[name]} AS {name}" if name in _EMPTY else f"l.{name}" for name in _READ)
WHOLE = ", ".join(f"l.{name}" for name in _READ)
SELECT = f"SELECT {WHOLE} FROM license l"
_IN_ONE = """
SELECT {columns}, r.index, r.leaf, r.salt FROM license l LEFT JOIN LATERAL (
    SELECT v.index, e.leaf, v.salt FROM license_event v LEFT JOIN ledger_entry e ON e.index = v.index
    WHERE v.identifier = l.identifier ORDER BY v.index DESC LIMIT 1
) r ON true WHERE l.identifier = ANY($1::text[])
"""


def values_of(item: License) -> dict[str, Any]:
    """Return the values of the columns in the row's content, with JSON as canonical text."""
    holders = [{"code": h.code, "kind": h.kind.value, "name": h.name} for h in item.holders]
    facts = [
        {
            "dataset": fact.dataset,
            "kind": fact.subject_kind.value,
            "subject": fact.subject,
            "values": dict(fact.values),
            "answer": fact.answer,
        }
        for fact in item.facts
    ]
    values = (
        item.identifier, item.type, item.type_version, item.number, item.issuer, item.request, item.version,
        json_text(holders), json_text(dict(item.fields)), item.valid_from, item.valid_to, item.issued_at,
        item.state.value,
        item.revision, item.status_list, item.status_index, item.digest, item.prior,
        item.changed_at, item.why, item.flag, json_text(dict(item.annotation)), json_text(facts) if facts else "[]",
        sha256(item.envelope.encode()).hexdigest(), sha256(item.photo).hexdigest() if item.photo else _NO_PHOTO,
    )  # fmt: skip
    return dict(zip(CONTENT, values, strict=True))


def row_as_stored(row: asyncpg.Record) -> Row:
    """Return the register's row of a record that has all columns of its content."""
    return row_of("license", stored_values("license", {name: row[name] for name in CONTENT}))


async def as_recorded(
    connection: asyncpg.Connection, rows: Sequence[asyncpg.Record], columns: str = WHOLE
) -> list[License | None]:
    """Return licenses in the order of their rows; None for a row that is not as the ledger records it."""
    return [_license(row) if row else None for row in await confirmed(connection, rows, columns)]


async def confirmed(
    connection: asyncpg.Connection, rows: Sequence[asyncpg.Record], columns: str
) -> list[asyncpg.Record | None]:
    """Return rows of licenses as they are now; None for a row that is not as the ledger records it.

    Rows and entries are read by two statements, between which a license may change. A row that does not match is read
    again together with its entry; ``columns`` are those of the rows.
    """
    if not rows:
        return []
    recorded = await last_recorded(connection, "license", list({row["identifier"] for row in rows}))
    odd = {row["identifier"] for row in rows if not is_recorded(row, recorded)}
    if not odd:
        return list(rows)
    again = {}
    for row in await connection.fetch(_IN_ONE.format(columns=columns), list(odd)):
        last = recorded_of(row, "license")
        again[row["identifier"]] = row if last is not None and last.is_of(row_as_stored(row)) else None
    return [again.get(row["identifier"]) if row["identifier"] in odd else row for row in rows]


def is_recorded(row: asyncpg.Record, recorded: Mapping[str, Recorded]) -> bool:
    """Return whether a license's row is as the ledger records it."""
    last = recorded.get(row["identifier"])
    return last is not None and last.is_of(row_as_stored(row))


async def whole_licenses(connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> list[License]:
    """Return licenses in the order of their rows.

    Raises:
        DepartedError: a row is not as the ledger records it.
    """
    found = [row for row in await confirmed(connection, rows, WHOLE) if row]
    if len(found) < len(rows) or not all(map(_is_whole, found)):
        raise DepartedError("license")
    return [_license(row) for row in found]


def _is_whole(row: asyncpg.Record) -> bool:
    """Return whether a license's envelope and photo are those whose digests its row has."""
    digests = sha256(row["envelope"].encode()).hexdigest(), sha256(row["photo"]).hexdigest()
    return digests == (row["envelope_sha256"], row["photo_sha256"])


def _license(row: asyncpg.Record) -> License:
    values = {name: row[name] for name in _FIELDS}
    values["state"] = LicenseState(values["state"])
    values["holders"] = tuple(
        Holder(HolderKind(item["kind"]), item["code"], item["name"]) for item in orjson.loads(values["holders"])
    )
    values["facts"] = tuple(
        Fact(item["dataset"], SubjectKind(item["kind"]), item["subject"], item["values"], item["answer"])
        for item in orjson.loads(values["facts"])
    )
    values["fields"] = orjson.loads(values["fields"])
    values["annotation"] = orjson.loads(values["annotation"])
    return License(**values)


def json_text(value: Any) -> str:
    """Return a value as canonical JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
