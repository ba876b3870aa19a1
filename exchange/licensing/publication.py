"""Publication of status lists: signed with the issuer's seal, renewed after changes, and stored.

A list is requested by its number. Between changes, the last publication is returned for half of its lifetime.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from exchange.pki.agency_seals import AgencySeal
from keys.jws import Issuer
from keys.statuslist import JWT_TYPE, Published, as_cwt, as_jwt, pack
from registry.errors import NotOnRecordError, StorageError
from registry.licenses.listed import states

LIFETIME = timedelta(hours=24)
TTL_SECONDS = 60
"""How long a reader may cache a list."""

_FRESH = LIFETIME / 2
_LAST = "SELECT jwt, cwt, issued_at, changes FROM status_publication WHERE list = $1 ORDER BY issued_at DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication of a list in both forms."""

    jwt: str
    cwt: bytes
    issued_at: datetime
    changes: int


SealOf = Callable[[asyncpg.Connection, str], Awaitable[AgencySeal | None]]
"""Returns an agency's seal, if it is in force here, read on the given connection."""


async def publication(connection: asyncpg.Connection, number: int, seal_of: SealOf, status_uri: str) -> Publication:
    """Return the current publication of a list.

    Args:
        connection: a connection to the registry's database.
        number: the list's number.
        seal_of: returns the issuer's seal.
        status_uri: the URI of lists, without the number.

    Raises:
        NotOnRecordError: there is no such list.
        StorageError: the issuer's seal is not in force, and the last publication is outdated.
    """
    async with connection.transaction():
        row = await connection.fetchrow("SELECT agency, size, changes FROM status_list WHERE list = $1", number)
        if row is None:
            raise NotOnRecordError(f"status list: no list {number}")
        last = await connection.fetchrow(_LAST, number)
        now = datetime.now(UTC).replace(microsecond=0)
        if last and last["changes"] == row["changes"] and now - last["issued_at"] < _FRESH:
            return Publication(**last)
        # Read again under a lock, so that concurrent requests publish one after the other.
        row = await connection.fetchrow(
            "SELECT agency, size, changes FROM status_list WHERE list = $1 FOR UPDATE", number
        )
        last = await connection.fetchrow(_LAST, number)
        if last and last["changes"] == row["changes"] and now - last["issued_at"] < _FRESH:
            return Publication(**last)
        seal = await seal_of(connection, row["agency"])
        if seal is None:
            raise StorageError("status list: the issuer's seal is not in force on this node")
        data = pack(row["size"], await states(connection, number))
        fresh = _sign(Published(f"{status_uri}{number}", row["agency"], *_period(now), TTL_SECONDS), data, seal, row)
        await connection.execute(
            "INSERT INTO status_publication (list, issued_at, changes, jwt, cwt) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (list, issued_at) DO UPDATE "
            "SET changes = excluded.changes, jwt = excluded.jwt, cwt = excluded.cwt",
            number, fresh.issued_at, fresh.changes, fresh.jwt, fresh.cwt,
        )  # fmt: skip
        return fresh


def _sign(published: Published, data: bytes, seal: AgencySeal, row: asyncpg.Record) -> Publication:
    jwt = as_jwt(published, data, Issuer(seal.signer, seal.chain, JWT_TYPE))
    cwt = as_cwt(published, data, seal.signer, seal.certificate)
    return Publication(jwt, cwt, datetime.fromtimestamp(published.issued_at, UTC), row["changes"])


def _period(now: datetime) -> tuple[int, int]:
    return int(now.timestamp()), int((now + LIFETIME).timestamp())
