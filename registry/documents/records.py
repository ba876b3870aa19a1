"""Rows of documents in the database, read and written in the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from registry.departures import require_recorded
from registry.documents.document import Delivery, Document, DocumentState, File, Urgency
from registry.documents.manifest import listed, listed_files
from registry.errors import DepartedError, RuleError

_LISTED = """
id, agency, number, title, urgency, issued_on, recipients, copies, state, revision, manifest, drafted_at, signature,
receipt, ''::bytea AS sealed_pdf, seal, why
"""


async def add_document(connection: asyncpg.Connection, document: Document) -> None:
    """Insert a draft with its files.

    Raises:
        RuleError: the agency has used this number for another document.
    """
    done = await connection.fetchval(
        "INSERT INTO document (id, agency, number, title, urgency, issued_on, recipients, copies, state, manifest, "
        "drafted_at, changed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$11) "
        "ON CONFLICT (agency, number) DO NOTHING RETURNING id",
        document.id, document.agency, document.number, document.title, document.urgency.value, document.issued_on,
        list(document.recipients), list(document.copies), document.state.value, document.manifest, document.drafted_at,
    )  # fmt: skip
    if done is None:
        raise RuleError("number", "is taken by another document of this agency")
    await connection.executemany(
        "INSERT INTO document_file (document, position, name, media_type, data) VALUES ($1, $2, $3, $4, $5)",
        [(document.id, at, item.name, item.media_type, item.data) for at, item in enumerate(document.files)],
    )


async def next_number(connection: asyncpg.Connection, region: str, at: datetime) -> str:
    """Return a new id: the region's code, the year and a serial number."""
    serial = await connection.fetchval("SELECT nextval('document_serial')")
    return f"{region}-{at.year}-{serial:08}"


async def get_document(
    connection: asyncpg.Connection, document: str, *, lock: bool = False, changed: bool = False
) -> Document | None:
    """Return a document with its files and deliveries; ``lock`` keeps others from locking it.

    With ``changed``, this transaction changed it and has not recorded that yet.

    Raises:
        DepartedError: it is not as the ledger records it.
    """
    row = await connection.fetchrow(
        f"SELECT * FROM document WHERE id = $1 FOR {'UPDATE' if lock else 'SHARE'}", document
    )
    if row is None:
        return None
    if not changed:
        await require_recorded(connection, "document", [document])
    files = await _files(connection, document)
    if listed_files(row["manifest"]) != [listed(item) for item in files]:
        raise DepartedError("document")
    deliveries = await _deliveries(connection, [document])
    return _document(row, files, deliveries.get(document, ()))


async def list_documents(
    connection: asyncpg.Connection, agency: str, after: str, limit: int, *, received: bool
) -> list[Document]:
    """Return a page of the documents that an agency drafted, or received; without files.

    Raises:
        DepartedError: one of them is not as the ledger records it.
    """
    whose = (
        "id IN (SELECT document FROM document_delivery WHERE recipient = $1 AND document > $2)"
        if received
        else "agency = $1 AND id > $2"
    )
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(
            f"SELECT {_LISTED} FROM document WHERE {whose} ORDER BY id LIMIT $3", agency, after, limit
        )
        names = [row["id"] for row in rows]
        deliveries = await _deliveries(connection, names, agency if received else "")
        await require_recorded(connection, "document", names)
    return [_document(row, (), deliveries.get(row["id"], ())) for row in rows]


async def set_document(connection: asyncpg.Connection, document: str, state: DocumentState, **columns: Any) -> None:
    """Set the state of a document, and other columns."""
    values = {"state": state.value, "changed_at": datetime.now(UTC), **columns}
    sets = ", ".join(f"{name} = ${at}" for at, name in enumerate(values, 2))
    await connection.execute(
        f"UPDATE document SET {sets}, revision = revision + 1 WHERE id = $1", document, *values.values()
    )


async def send(connection: asyncpg.Connection, document: Document, at: datetime) -> None:
    """Deliver a document to its recipients, and to those who get copies."""
    await connection.execute(
        "INSERT INTO document_delivery (document, recipient, sent_at) SELECT $1, unnest($2::varchar[]), $3",
        document.id, [*document.recipients, *document.copies], at,
    )  # fmt: skip


async def mark_received(connection: asyncpg.Connection, document: str, recipient: str, at: datetime) -> bool:
    """Record that a recipient received a document; return whether it was the first time."""
    done = await connection.execute(
        "UPDATE document_delivery SET received_at = $3 WHERE document = $1 AND recipient = $2 AND received_at IS NULL",
        document, recipient, at,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def mark_acknowledged(
    connection: asyncpg.Connection, document: str, recipient: str, at: datetime, remark: str
) -> bool:
    """Record that a recipient acknowledged a document; return False if it had, or has not received it."""
    done = await connection.execute(
        "UPDATE document_delivery SET acknowledged_at = $3, remark = $4 "
        "WHERE document = $1 AND recipient = $2 AND received_at IS NOT NULL AND acknowledged_at IS NULL",
        document, recipient, at, remark,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def _files(connection: asyncpg.Connection, document: str) -> tuple[File, ...]:
    rows = await connection.fetch(
        "SELECT name, media_type, data FROM document_file WHERE document = $1 ORDER BY position", document
    )
    return tuple(File(row["name"], row["media_type"], row["data"]) for row in rows)


async def _deliveries(
    connection: asyncpg.Connection, documents: Sequence[str], recipient: str = ""
) -> dict[str, tuple[Delivery, ...]]:
    rows = await connection.fetch(
        "SELECT * FROM document_delivery WHERE document = ANY($1) AND ($2 = '' OR recipient = $2) ORDER BY recipient",
        list(documents), recipient,
    )  # fmt: skip
    found: dict[str, tuple[Delivery, ...]] = {}
    for row in rows:
        item = Delivery(row["recipient"], row["sent_at"], row["received_at"], row["acknowledged_at"], row["remark"])
        found[row["document"]] = (*found.get(row["document"], ()), item)
    return found


def _document(row: asyncpg.Record, files: tuple[File, ...], deliveries: tuple[Delivery, ...] = ()) -> Document:
    return Document(
        row["id"], row["agency"], row["number"], row["title"], Urgency(row["urgency"]), row["issued_on"],
        tuple(row["recipients"]), DocumentState(row["state"]), row["revision"], row["manifest"], row["drafted_at"],
        row["signature"], row["receipt"], row["sealed_pdf"], row["seal"], row["why"], files, deliveries,
        tuple(row["copies"]),
    )  # fmt: skip
