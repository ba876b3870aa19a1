"""One-time codes of short validity for a holder's presentation or a download, stored as digests."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

import asyncpg
import orjson

from keys.leaf.facts import RegisterFacts
from keys.printable import is_printable
from registry.content import stored_rows
from registry.departures import require_recorded
from registry.errors import RuleError
from registry.ledger.leaf import Entry

PRESENTATION_LIFETIME = timedelta(minutes=5)
DOWNLOAD_LIFETIME = timedelta(minutes=10)
MAX_IDENTIFIERS = 20
UNKNOWN = "code: unknown, past its end, or used already"
_MAX_ASKED = 80  # leaves room for the requester's name on a watermark
_BYTES = 16
_FORM = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class CodeUse(StrEnum):
    """The use of a code: presentation or download."""

    PRESENTATION = "presentation"
    DOWNLOAD = "download"


class CodeState(StrEnum):
    """The state of a code."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Code:
    """A code on record, and the licenses and purpose that it is for."""

    use: CodeUse
    state: CodeState
    identifiers: tuple[str, ...]
    purpose: str
    made_by: str
    basis: Mapping[str, str]


def check(purpose: str, identifiers: Sequence[str]) -> None:
    """Check purpose and licenses before a code is made for them.

    Raises:
        RuleError: there is no purpose, or there are too many licenses.
    """
    if not 0 < len(purpose.strip()) <= _MAX_ASKED or not is_printable(purpose):
        raise RuleError("purpose", f"1 to {_MAX_ASKED} printable characters; a code is bound to what it is for")
    if not 0 < len(identifiers) <= MAX_IDENTIFIERS:
        raise RuleError("identifiers", f"1 to {MAX_IDENTIFIERS}")


async def make_code(
    connection: asyncpg.Connection,
    use: CodeUse,
    identifiers: Sequence[str],
    purpose: str,
    made_by: str,
    basis: Mapping[str, str],
) -> tuple[str, Entry]:
    """Create a code for what ``check`` accepted, and its entry; the entry of its use has its basis."""
    code = secrets.token_urlsafe(_BYTES)
    lifetime = PRESENTATION_LIFETIME if use is CodeUse.PRESENTATION else DOWNLOAD_LIFETIME
    await connection.execute(
        "INSERT INTO license_code (digest, use, identifiers, purpose, made_by, expires_at, basis) "
        "VALUES ($1, $2, $3, $4, $5, now() + $6, $7)",
        _digest(code), use.value, list(identifiers), purpose, made_by, lifetime, orjson.dumps(dict(basis)).decode(),
    )  # fmt: skip
    return code, await _entry(connection, "ADDED", _digest(code), made_by)


def is_code(text: str) -> bool:
    """Return whether a text has the form of a code."""
    return bool(_FORM.fullmatch(text))


async def get_code(connection: asyncpg.Connection, code: str, *, lock: bool = False) -> Code | None:
    """Return a code, or None if there is none; ``lock`` reserves it until the transaction ends.

    Raises:
        DepartedError: it is not as the ledger records it, and it is locked to be used.
    """
    row = await connection.fetchrow(
        "SELECT use, identifiers, purpose, made_by, basis, used_at IS NOT NULL AS used, expires_at <= now() AS expired "
        f"FROM license_code WHERE digest = $1{' FOR UPDATE' if lock else ''}",
        _digest(code),
    )
    if row is None:
        return None
    if lock:
        await require_recorded(connection, "code", [_digest(code)])
    state = CodeState.USED if row["used"] else CodeState.EXPIRED if row["expired"] else CodeState.OPEN
    return Code(
        CodeUse(row["use"]), state, tuple(row["identifiers"]), row["purpose"], row["made_by"],
        orjson.loads(row["basis"]),
    )  # fmt: skip


async def use_up(connection: asyncpg.Connection, code: str, used_by: str) -> Entry:
    """Mark a code, locked in this transaction, as used; returns the entry of that."""
    made_by = await connection.fetchval(
        "UPDATE license_code SET used_at = now(), used_by = $2, revision = revision + 1 WHERE digest = $1 "
        "RETURNING made_by",
        _digest(code), used_by,
    )  # fmt: skip
    return await _entry(connection, "USED", _digest(code), made_by)


async def _entry(connection: asyncpg.Connection, reason: str, digest: str, system: str) -> Entry:
    rows = await stored_rows(connection, "code", [digest])
    return Entry(RegisterFacts("register.code", "permit", reason, digest, system=system), row=rows[digest])


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
