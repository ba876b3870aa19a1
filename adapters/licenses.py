"""Licenses of this registry as a source: every license type is a dataset, asked by holder or by identifier."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import asyncpg

from adapters.coalesce import STATEMENT_PACE, Coalescer
from adapters.errors import MalformedError, SlowError, UnavailableError
from adapters.source import Fetched, Health, Record
from registry.china import CHINA
from registry.identifiers import SubjectKind
from registry.licenses import records
from registry.licenses.holders import HolderKind, subject_kinds
from registry.licenses.license import License
from registry.licenses.types import LicenseType

_HEALTH_SECONDS = 5.0
_HOLDERS = {kind: [holder for holder in HolderKind if kind in subject_kinds(holder)] for kind in SubjectKind}


class LicenseSource:
    """The licenses of one type. Superseded versions are found by their identifier only."""

    def __init__(self, pool: asyncpg.Pool, kind: LicenseType, seconds: float) -> None:
        """``seconds`` bounds one statement, whoever waits for it."""
        self._pool = pool
        self._kind = kind
        self._seconds = seconds
        self._coalescer = Coalescer(self._fetch_many, STATEMENT_PACE)

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """See ``Source``."""
        return await self._coalescer.fetch(kind, keys, fields, seconds)

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        found: dict[str, list[Record]] = {}
        today = datetime.now(CHINA).date()
        try:
            async with asyncio.timeout(self._seconds), self._pool.acquire() as connection:
                if kind is SubjectKind.LICENSE_IDENTIFIER:
                    licenses = await records.by_identifiers(connection, self._kind.id, keys)
                    pairs = [(item.identifier, item) for item in licenses]
                else:
                    pairs = await records.held_by(connection, self._kind.id, keys, _HOLDERS[kind])
                    if len(pairs) > records.MAX_HELD * len(keys):
                        raise MalformedError("more licenses of these holders than are looked at")
        except TimeoutError as error:
            raise SlowError("the license register did not answer in time") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise UnavailableError(f"the license register does not answer ({type(error).__name__})") from error
        for key, item in pairs:
            found.setdefault(key, []).append(record_of(item, fields, today))
        return Fetched(found, datetime.now(UTC))

    async def health(self) -> Health:
        """See ``Source``."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS), self._pool.acquire() as connection:
                await connection.execute("SELECT 1 FROM license LIMIT 1")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            return Health(ready=False, detail=type(error).__name__)
        return Health(ready=True, as_of=datetime.now(UTC))

    async def close(self) -> None:
        """Wait for what is in flight; the pool belongs to the node."""
        await self._coalescer.close()


def record_of(item: License, fields: Sequence[str], today: date) -> Record:
    """A license as a record: the wanted fields that have a value, in the text of their types."""
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
