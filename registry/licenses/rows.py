"""Rows of licenses: their columns and content, and licenses from rows that the ledger confirms."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import asyncpg
import orjson

from registry.content import Row, row_of, stored_values
from registry.errors import DepartedError
from registry.identifiers import SubjectKind
from registry.ledger.recorded import recorded_of
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
_WITH_ENTRIES = """
SELECT {columns}, v.index, v.salt, e.leaf FROM ({found}) l
LEFT JOIN LATERAL (
    SELECT index, salt FROM license_event WHERE identifier = l.identifier ORDER BY index DESC LIMIT 1
) v ON true
LEFT JOIN LATERAL (SELECT leaf FROM ledger_entry WHERE index = v.index OFFSET 0) e ON true
{order}
"""


def select(found: str, columns: str = WHOLE, order: str = "") -> str:
    """Return the statement that reads licenses (``l``) together with their last entries, in one snapshot.

    ``found`` selects their rows, and ``order`` is that of the result. Licenses that are to be locked are locked before:
    after a wait for a lock, PostgreSQL reads the locked row again, but not its entry.
    """
    return _WITH_ENTRIES.format(columns=columns, found=found, order=f"ORDER BY {order}" if order else "")


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


def as_recorded(rows: Sequence[asyncpg.Record]) -> list[License | None]:
    """Return licenses in the order of their rows; None for a row that is not as the ledger records it."""
    return [_license(row) if is_recorded(row) else None for row in rows]


def is_recorded(row: asyncpg.Record) -> bool:
    """Return whether a license's row is as its last entry records it."""
    last = recorded_of(row, "license")
    return last is not None and last.is_of(row_as_stored(row))


def whole_licenses(rows: Sequence[asyncpg.Record]) -> list[License]:
    """Return licenses in the order of their rows.

    Raises:
        DepartedError: a row is not as the ledger records it.
    """
    if not all(is_recorded(row) and _is_whole(row) for row in rows):
        raise DepartedError("license")
    return [_license(row) for row in rows]


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
