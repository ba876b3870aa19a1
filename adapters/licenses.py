"""The license registry as a source: each license type is a dataset, queried by holder or identifier."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import asyncpg

from adapters.coalesce import STATEMENT_PACE, Coalescer
from adapters.errors import MalformedError, SlowError, UnavailableError
from adapters.source import DEPARTED, Fetched, Health, Record
from registry.china import CHINA
from registry.connection import DATABASE_ERRORS
from registry.identifiers import SubjectKind
from registry.licenses import records
from registry.licenses.holders import HolderKind, subject_kinds
from registry.licenses.license import License
from registry.licenses.types import LicenseType

_HEALTH_SECONDS = 5.0
_HOLDERS = {kind: [holder for holder in HolderKind if kind in subject_kinds(holder)] for kind in SubjectKind}


class LicenseSource:
    """A source of the licenses of one type; superseded versions are found by identifier only."""

    def __init__(self, pool: asyncpg.Pool, kind: LicenseType, seconds: float) -> None:
        """Create a source; ``seconds`` bounds one statement, however long its callers can wait."""
        self._pool = pool
        self._kind = kind
        self._seconds = seconds
        self._coalescer = Coalescer(self._fetch_many, STATEMENT_PACE)

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Look licenses up by key; see ``Source.fetch``."""
        return await self._coalescer.fetch(kind, keys, fields, seconds)

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        found: dict[str, list[Record]] = {}
        today = datetime.now(CHINA).date()
        try:
            async with asyncio.timeout(self._seconds), self._pool.acquire() as connection:
                if kind is SubjectKind.LICENSE_IDENTIFIER:
                    pairs = await records.by_identifiers(connection, self._kind.id, keys)
                else:
                    pairs = await records.held_by(connection, self._kind.id, keys, _HOLDERS[kind])
                    if len(pairs) > records.MAX_HELD * len(keys):
                        raise MalformedError("more licenses of these holders than are looked at")
        except TimeoutError as error:
            raise SlowError("the license register did not answer in time") from error
        except DATABASE_ERRORS as error:
            raise UnavailableError(f"the license register does not answer ({type(error).__name__})") from error
        departed = {key: DEPARTED for key, item in pairs if item is None}
        for key, item in pairs:
            if item and key not in departed:
                found.setdefault(key, []).append(record_of(item, fields, today))
        return Fetched(found, datetime.now(UTC), malformed=departed)

    async def health(self) -> Health:
        """Check whether the database answers; see ``Source.health``."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS), self._pool.acquire() as connection:
                await connection.execute("SELECT 1 FROM license LIMIT 1")
        except DATABASE_ERRORS as error:
            return Health(ready=False, detail=type(error).__name__)
        return Health(ready=True, as_of=datetime.now(UTC))

    async def close(self) -> None:
        """Wait for lookups in flight; the pool is the node's and stays open."""
        await self._coalescer.close()


def record_of(item: License, fields: Sequence[str], today: date) -> Record:
    """Return a license as a record: the requested fields that have a value, as canonical text."""
    values = {
        **item.fields,
        "identifier": item.identifier,
        "number": item.number,
        "state": item.state_on(today).value,
        "issuer": item.issuer,
        "issued_on": item.issued_at.astimezone(CHINA).date().isoformat(),
        "valid_from": item.valid_from.isoformat(),
        "valid_to": item.valid_to.isoformat() if item.valid_to else "",
        "holder_name": "、".join(holder.name for holder in item.holders),
    }
    return {name: values[name] for name in fields if values.get(name)}
