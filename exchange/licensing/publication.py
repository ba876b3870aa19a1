"""Publication of status lists: signed with the issuer's seal, renewed after changes, and stored.

A list is requested by its number. Between changes, the last publication is returned for half of its lifetime. It is a
row, too: a process compares it with the ledger before it returns it first, and again after a minute.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from exchange.pki.agency_seals import AgencySeal
from keys.jws import Issuer
from keys.statuslist import JWT_TYPE, Published, as_cwt, as_jwt, pack
from registry.errors import NotOnRecordError, StorageError
from registry.licenses.listed import says_states, states

LIFETIME = timedelta(hours=24)
TTL_SECONDS = 60
"""How long a reader may cache a list, and how long one stays compared with the ledger."""

_FRESH = LIFETIME / 2
_LIST = "SELECT agency, size, changes FROM status_list WHERE list = $1"
_LAST = """
SELECT jwt, cwt, issued_at, changes FROM status_publication WHERE list = $1 AND issued_at <= $2
ORDER BY issued_at DESC LIMIT 1
"""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication of a list in both forms."""

    jwt: str
    cwt: bytes
    issued_at: datetime
    changes: int


SealOf = Callable[[asyncpg.Connection, str], Awaitable[AgencySeal | None]]
"""Returns an agency's seal, if it is in force here, read on the given connection."""


class StatusLists:
    """The status lists of a process, which remembers those that it compared with the ledger or signed."""

    def __init__(self, seal_of: SealOf, status_uri: str) -> None:
        """Create the lists; ``seal_of`` returns an issuer's seal, ``status_uri`` is theirs without number."""
        self._seal_of = seal_of
        self._status_uri = status_uri
        self._compared: dict[int, tuple[Publication, float]] = {}

    async def current(self, connection: asyncpg.Connection, number: int) -> Publication:
        """Return the current publication of a list; one that disagrees with the ledger is signed again.

        Raises:
            NotOnRecordError: there is no such list.
            DepartedError: a license is not as the ledger records it.
            StorageError: the issuer's seal is not in force, and the last publication is outdated.
        """
        async with connection.transaction():
            # Read again under a lock, so that concurrent requests publish one after the other.
            for lock in ("", " FOR UPDATE"):
                row = await connection.fetchrow(f"{_LIST}{lock}", number)
                if row is None:
                    raise NotOnRecordError(f"status list: no list {number}")
                now = datetime.now(UTC).replace(microsecond=0)
                last = await connection.fetchrow(_LAST, number, now)
                if last and last["changes"] == row["changes"] and now - last["issued_at"] < _FRESH:
                    found = Publication(**last)
                    if await self._is_true(connection, number, row, found):
                        return found
                    if lock:
                        log.warning("status_list.departed", list=number)
            fresh = await self._publish(connection, number, row, now)
        self._remember(number, fresh)
        return fresh

    async def _is_true(
        self, connection: asyncpg.Connection, number: int, row: asyncpg.Record, found: Publication
    ) -> bool:
        known, at = self._compared.get(number, (None, 0.0))
        if known == found and time.monotonic() - at < TTL_SECONDS:
            return True
        said = {"list": number, "agency": row["agency"], "size": row["size"], **asdict(found)}
        true = await says_states(connection, said)
        if true:
            self._remember(number, found)
        return true

    def _remember(self, number: int, found: Publication) -> None:
        self._compared[number] = found, time.monotonic()

    async def _publish(
        self, connection: asyncpg.Connection, number: int, row: asyncpg.Record, now: datetime
    ) -> Publication:
        seal = await self._seal_of(connection, row["agency"])
        if seal is None:
            raise StorageError("status list: the issuer's seal is not in force on this node")
        data = pack(row["size"], await states(connection, number))
        published = Published(f"{self._status_uri}{number}", row["agency"], *_period(now), TTL_SECONDS)
        fresh = _sign(published, data, seal, row)
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
