"""Rows of the license register, which are written in the transaction of their ledger entries."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from registry.licenses.holders import HolderKind
from registry.licenses.license import License
from registry.licenses.rows import CONTENT, LIGHT, PROOFS, as_recorded, json_text, select, whole_licenses
from registry.licenses.states import LicenseState

MAX_HELD = 1000
"""The most licenses of one type that are read for a holder, on average of the holders of one query."""
_HOLDER = ("identifier", "type", "kind", "code")
_BY_IDENTIFIER = select("SELECT * FROM license WHERE identifier = ANY($1::text[])")
_OF_TYPE = select("SELECT * FROM license WHERE identifier = ANY($1::text[]) AND type = $2", LIGHT)
_ISSUED = (
    "SELECT DISTINCT identifier FROM license_event WHERE identifier = ANY($1::text[]) AND type = $2 "
    "AND salt IS NOT NULL"
)
_BY_REQUEST = select("SELECT * FROM license WHERE issuer = $1 AND type = $2 AND request = ANY($3::text[])")
_HELD_BY = select(
    "SELECT l.*, h.code AS held_by FROM license_holder h LEFT JOIN license l ON l.identifier = h.identifier "
    "WHERE h.code = ANY($1::text[]) AND h.type = $2 AND h.kind = ANY($3::text[]) AND (l.state = 'superseded' "
    "AND EXISTS (SELECT FROM license_event v WHERE v.identifier = l.identifier AND v.event = 'SUPERSEDED')) "
    "IS NOT TRUE ORDER BY l.issued_at DESC LIMIT $4",
    f"l.held_by, {LIGHT}",
    "l.issued_at DESC",
)
_RESTING = select(
    "SELECT * FROM license WHERE issuer = $1 AND type = $2 AND identifier > $3 AND state = 'valid' AND facts <> '[]' "
    "ORDER BY identifier LIMIT $4",
    order="l.identifier",
)


async def add_licenses(
    connection: asyncpg.Connection, found: Sequence[License], rows: Sequence[Mapping[str, Any]], start: int
) -> None:
    """Insert licenses; ``rows`` are their ``values_of``, ``start`` is the index of the first one's entry."""
    stored = [
        (*row.values(), item.envelope, entry, item.receipt, item.photo)
        for entry, (item, row) in enumerate(zip(found, rows, strict=True), start)
    ]
    await connection.copy_records_to_table("license", records=stored, columns=(*CONTENT, *PROOFS))
    holders = [
        (item.identifier, item.type, holder.kind.value, holder.code) for item in found for holder in item.holders
    ]
    await connection.copy_records_to_table("license_holder", records=holders, columns=_HOLDER)


async def get_license(connection: asyncpg.Connection, identifier: str, *, lock: bool = False) -> License | None:
    """Return a license by identifier; ``lock`` keeps it unchanged until the transaction ends."""
    if lock:
        await _lock(connection, [identifier])
    return next(iter(whole_licenses(await connection.fetch(_BY_IDENTIFIER, [identifier]))), None)


async def get_licenses(connection: asyncpg.Connection, identifiers: Sequence[str]) -> list[License]:
    """Return licenses with all columns, in the given order; unknown identifiers are skipped."""
    rows = await connection.fetch(_BY_IDENTIFIER, list(identifiers))
    found = {item.identifier: item for item in whole_licenses(rows)}
    return [found[name] for name in identifiers if name in found]


async def locked_as_recorded(connection: asyncpg.Connection, identifiers: Sequence[str]) -> list[License]:
    """Lock licenses and return those that are as the ledger records them."""
    await _lock(connection, identifiers)
    return [item for item in as_recorded(await connection.fetch(_BY_IDENTIFIER, list(identifiers))) if item]


async def _lock(connection: asyncpg.Connection, identifiers: Sequence[str]) -> None:
    await connection.execute(
        "SELECT FROM license WHERE identifier = ANY($1::text[]) ORDER BY identifier FOR UPDATE", list(identifiers)
    )


async def by_requests(
    connection: asyncpg.Connection, issuer: str, kind: str, requests: Sequence[str]
) -> dict[str, License]:
    """Return an issuer's licenses by the issuer's own numbers, for those that exist."""
    rows = await connection.fetch(_BY_REQUEST, issuer, kind, list(requests))
    return {item.request: item for item in whole_licenses(rows)}


async def taken_numbers(connection: asyncpg.Connection, issuer: str, kind: str, numbers: Sequence[str]) -> set[str]:
    """Return which license numbers of an issuer and type are in use."""
    rows = await connection.fetch(
        "SELECT number FROM license WHERE issuer = $1 AND type = $2 AND number = ANY($3::text[])",
        issuer, kind, list(numbers),
    )  # fmt: skip
    return {row["number"] for row in rows}


async def held_by(
    connection: asyncpg.Connection, kind: str, codes: Sequence[str], holder_kinds: Sequence[HolderKind]
) -> list[tuple[str, License | None]]:
    """Return a type's licenses by holders' codes as (code, license), newest first, none superseded.

    Envelope, receipt and photo are left empty, since queries read many licenses and need only their fields. If there
    are more than ``MAX_HELD`` for each code, some are missing. The license is None if its row is missing, is not as the
    ledger records it, or does not name this holder.
    """
    kinds = [item.value for item in holder_kinds]
    rows = await connection.fetch(_HELD_BY, list(codes), kind, kinds, MAX_HELD * len(codes) + 1)
    found = zip(rows, as_recorded(rows), strict=True)
    return [(row["held_by"], item if item and item.is_of(row["held_by"]) else None) for row, item in found]


async def by_identifiers(
    connection: asyncpg.Connection, kind: str, identifiers: Sequence[str]
) -> list[tuple[str, License | None]]:
    """Return a type's licenses by identifier; pairs, columns and None are as in ``held_by``.

    Issued ones whose rows are missing are None, too; those that were erased are left out.
    """
    rows = await connection.fetch(_OF_TYPE, list(identifiers), kind)
    found = [(row["identifier"], item) for row, item in zip(rows, as_recorded(rows), strict=True)]
    missing = set(identifiers) - {name for name, _ in found}
    issued = await connection.fetch(_ISSUED, list(missing), kind) if missing else ()
    return [*found, *[(row["identifier"], None) for row in issued]]


async def ended_before(
    connection: asyncpg.Connection, today: date, after: tuple[date, str], limit: int
) -> list[tuple[date, str]]:
    """Return licenses past their end that are not recorded as expired, as (end, identifier) in order.

    ``after`` is the last one of the batch before.
    """
    rows = await connection.fetch(
        "SELECT valid_to, identifier FROM license WHERE valid_to < $1 AND state IN ('valid', 'suspended') "
        "AND (valid_to, identifier) > ($2, $3) ORDER BY valid_to, identifier LIMIT $4",
        today, *after, limit,
    )  # fmt: skip
    return [(row["valid_to"], row["identifier"]) for row in rows]


async def resting_on(connection: asyncpg.Connection, issuer: str, kind: str, after: str, limit: int) -> list[License]:
    """Return valid licenses of an issuer and type that are based on facts, in order of identifier."""
    return whole_licenses(await connection.fetch(_RESTING, issuer, kind, after, limit))


async def set_state(
    connection: asyncpg.Connection, identifier: str, state: LicenseState, why: str, at: datetime
) -> None:
    """Set a license's state; the caller has locked its row."""
    await connection.execute(
        "UPDATE license SET state = $2, why = $3, changed_at = $4, revision = revision + 1 WHERE identifier = $1",
        identifier, state.value, why, at,
    )  # fmt: skip


async def set_flag(connection: asyncpg.Connection, identifier: str, flag: str) -> None:
    """Flag a license for review; an empty flag removes the flag."""
    await connection.execute(
        "UPDATE license SET flag = $2, revision = revision + 1 WHERE identifier = $1", identifier, flag
    )


async def set_annotation(connection: asyncpg.Connection, identifier: str, annotation: Mapping[str, str]) -> None:
    """Set a license's annotation."""
    await connection.execute(
        "UPDATE license SET annotation = $2, revision = revision + 1 WHERE identifier = $1",
        identifier, json_text(dict(annotation)),
    )  # fmt: skip
