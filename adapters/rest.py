"""Sources behind REST services of departments.

Keys are in the body, never in the URL, which proxies log:
``POST <base>/<table>`` with ``{"<key column>": [keys…]}`` (or one key, where the service has no batch form) answers
``{"data": [rows…]}``, each row with the key column and the columns asked for, or as ``rest:`` of the description says.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from adapters.coalesce import Coalescer
from adapters.description import Description, Mapper
from adapters.errors import MalformedError, SlowError, SourceError
from adapters.gathering import Gathered
from adapters.matching import refuse_separators
from adapters.rest_service import FAILED, RestAccess, RestService
from adapters.source import Fetched, Health
from adapters.spelling import Asked, asked_at_once
from registry.catalogue import Dataset
from registry.identifiers import SubjectKind

_PACE_SECONDS = 0.03
_CONCURRENT_SINGLES = 16
_HEALTH_SECONDS = 4.0
_UNFIT = FAILED | {401, 403}


class RestSource:
    """A source of one resource of a department's service."""

    def __init__(self, description: Description, access: RestAccess, statement_seconds: float = 30.0) -> None:
        """Create a source; ``statement_seconds`` bounds one request, however long its callers can wait.

        Raises:
            UnavailableError: a certificate or token file cannot be read, or the URL is invalid.
            RuleError: the description requires what a REST service cannot do.
        """
        refuse_separators(description, "a service")
        self._service = RestService(access, description.table, description.rest, statement_seconds)
        self._description = description
        self._batch = access.batch
        self._seconds = statement_seconds
        self._coalescer = Coalescer(self._fetch_many, _PACE_SECONDS)
        self._singles = asyncio.Semaphore(_CONCURRENT_SINGLES)

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Look records up by key; see ``Source.fetch``."""
        if self._batch:
            return await self._coalescer.fetch(kind, keys, fields, seconds)
        try:
            async with asyncio.timeout(seconds):  # no request is shared, so a failure affects one caller only
                return await self._fetch_many(kind, keys, fields)
        except TimeoutError as error:
            raise SlowError("the service did not answer in time") from error

    @property
    def catalogue(self) -> Dataset:
        """Return the dataset of the description; see ``Described.catalogue``."""
        return self._description.catalogue

    async def health(self) -> Health:
        """Check whether the service answers; see ``Source.health``."""
        kind, field = next(iter(self._description.keys)), self._description.catalogue.fields[0].name
        try:
            async with asyncio.timeout(min(self._seconds, _HEALTH_SECONDS)):  # not through the breaker
                if self._batch:
                    await self._service.rows_once(self._body(kind, [], field))
                else:
                    status = await self._service.status()  # a service with one key a request has no empty request
                    if status in _UNFIT:
                        return Health(ready=False, detail=f"the service answered HTTP {status}")
        except (TimeoutError, httpx.HTTPError) as error:
            return Health(ready=False, detail=f"the service does not answer ({type(error).__name__})")
        except SourceError as error:
            return Health(ready=False, detail=str(error))
        return Health(ready=True, as_of=datetime.now(UTC))

    async def close(self) -> None:
        """Close the client; see ``Source.close``."""
        await self._coalescer.close()
        await self._service.close()

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        as_of = datetime.now(UTC)
        mapper = Mapper(self._description, fields)
        own = self._description.keys[kind]
        gathered = Gathered(mapper, single=self._description.single)
        for asked in asked_at_once(own, kind, keys):
            if self._batch:
                rows = await self._service.rows(self._body(kind, asked.spellings, *fields))
            else:
                rows = await self._fetch_singly(kind, asked, fields)
            for row in rows:
                owners = asked.owners(_cell(row, own.column))
                values = [row.get(column) for column in mapper.columns]
                for key in owners:
                    gathered.add(key, values)
        return gathered.fetched(as_of)

    async def _fetch_singly(self, kind: SubjectKind, asked: Asked, fields: Sequence[str]) -> list[Any]:
        """Send one request a spelling, some concurrently; the first failure ends the others."""
        tasks = [asyncio.create_task(self._fetch_one(kind, asked, each, fields)) for each in asked.spellings]
        try:
            return [row for rows in await asyncio.gather(*tasks) for row in rows]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch_one(
        self, kind: SubjectKind, asked: Asked, spelling: str | int, fields: Sequence[str]
    ) -> list[Any]:
        async with self._singles:
            rows = await self._service.rows(self._body(kind, spelling, *fields))
        cells = [(_cell(row, self._description.keys[kind].column), row) for row in rows]
        return [row for cell, row in cells if asked.answers(spelling, cell)]

    def _body(self, kind: SubjectKind, keys: Sequence[str | int] | str | int, *fields: str) -> dict[str, Any]:
        columns = [self._description.fields[name].column for name in fields]
        return {self._description.keys[kind].column: keys, "columns": columns}


def _cell(row: Any, column: str) -> Any:
    try:
        return row[column]
    except (TypeError, KeyError) as error:
        raise MalformedError("the service answered a row without its key") from error
