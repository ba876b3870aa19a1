"""Sources behind REST services of departments: mutual TLS or bearer token, retries, circuit breaker.

Keys are in the body, never in the URL, which proxies log:
``POST <base>/<table>`` with ``{"<key column>": [keys…]}`` (or one key, where the service has no batch form) answers
``{"data": [rows…]}``, each row with the key column and the columns asked for, or as ``rest:`` of the description says.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.breaker import Breaker
from adapters.coalesce import Coalescer
from adapters.description import Description, Mapper
from adapters.errors import MalformedError, SlowError, SourceError, UnavailableError
from adapters.gathering import Gathered
from adapters.matching import refuse_separators
from adapters.rest_answers import rows_of
from adapters.source import Fetched, Health
from adapters.spelling import Asked, asked_at_once
from registry.catalogue import Dataset
from registry.identifiers import SubjectKind

_TRIES = 3
_PACE_SECONDS = 0.03
_BACKOFF_SECONDS = 0.05
_MAX_PORT = 65535
_CONCURRENT_SINGLES = 16
_HANGS_SECONDS, _HEALTH_SECONDS = 1.0, 4.0
_MAX_BODY = 64 * 1024 * 1024
_RETRIED = (429, 502, 503, 504)
_FAILED = frozenset({408, *range(500, 600)})
_UNFIT = _FAILED | {401, 403}


@dataclass(frozen=True, slots=True)
class RestAccess:
    """The access to a service; ``token_file`` and ``key_file`` hold secrets and have mode 0600."""

    base_url: str
    batch: bool = True
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class RestSource:
    """A source of one resource of a department's service."""

    def __init__(self, description: Description, access: RestAccess, statement_seconds: float = 30.0) -> None:
        """Create a source; ``statement_seconds`` bounds one request, however long its callers can wait.

        Raises:
            UnavailableError: a certificate or token file cannot be read, or the URL is invalid.
            RuleError: the description requires what a REST service cannot do.
        """
        refuse_separators(description, "a service")
        headers = {}
        try:
            context: ssl.SSLContext = ssl.create_default_context(cafile=access.ca_file)
            if access.certificate_file:
                context.load_cert_chain(access.certificate_file, access.key_file)
            if access.token_file:
                headers["Authorization"] = f"Bearer {access.token_file.read_text(encoding='ascii').strip()}"
        except (OSError, ssl.SSLError) as error:
            name = f" ({error.filename})" if error.filename else ""
            raise UnavailableError(f"a certificate, key or token file cannot be used{name}") from error
        try:
            base = httpx.URL(access.base_url)
            if base.port and base.port > _MAX_PORT:
                raise httpx.InvalidURL("port")
        except httpx.InvalidURL as error:
            raise UnavailableError("base_url: must be a URL, and its port a number up to 65535") from error
        self._client = httpx.AsyncClient(
            base_url=base, verify=context, headers=headers, timeout=statement_seconds, trust_env=False
        )
        self._description = description
        self._batch = access.batch
        self._seconds = statement_seconds
        self._breaker = Breaker()
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
                    body = self._body(kind, [], field)
                    rows_of(await self._send(body), self._description.rest, body["columns"])
                else:
                    answer = await self._client.head("")  # a service with one key a request has no empty request
                    if answer.status_code in _UNFIT:
                        return Health(ready=False, detail=f"the service answered HTTP {answer.status_code}")
        except (TimeoutError, httpx.HTTPError) as error:
            return Health(ready=False, detail=f"the service does not answer ({type(error).__name__})")
        except SourceError as error:
            return Health(ready=False, detail=str(error))
        return Health(ready=True, as_of=datetime.now(UTC))

    async def close(self) -> None:
        """Close the client; see ``Source.close``."""
        await self._coalescer.close()
        await self._client.aclose()

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        as_of = datetime.now(UTC)
        mapper = Mapper(self._description, fields)
        own = self._description.keys[kind]
        gathered = Gathered(mapper, single=self._description.single)
        for asked in asked_at_once(own, kind, keys):
            if self._batch:
                rows = await self._post(self._body(kind, asked.spellings, *fields))
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
            rows = await self._post(self._body(kind, spelling, *fields))
        cells = [(_cell(row, self._description.keys[kind].column), row) for row in rows]
        return [row for cell, row in cells if asked.answers(spelling, cell)]

    def _body(self, kind: SubjectKind, keys: Sequence[str | int] | str | int, *fields: str) -> dict[str, Any]:
        columns = [self._description.fields[name].column for name in fields]
        return {self._description.keys[kind].column: keys, "columns": columns}

    async def _send(self, body: dict[str, Any]) -> httpx.Response:
        """Send one request, and read at most the permitted length of the answer.

        Raises:
            MalformedError: the answer is too long.
        """
        async with self._client.stream("POST", self._description.table, json=body) as response:
            parts, total = [], 0
            async for part in response.aiter_bytes():
                total += len(part)
                if total > _MAX_BODY:
                    raise MalformedError(f"the service answered more than {_MAX_BODY} bytes")
                parts.append(part)
        headers = {"content-type": response.headers.get("content-type", "")}
        return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)

    async def _post(self, body: dict[str, Any]) -> list[Any]:
        """Send a request, and retry with jitter while that can help.

        Raises:
            SourceError: the request failed.
        """
        for attempt in range(_TRIES):
            self._breaker.check()
            if attempt:
                await asyncio.sleep(_BACKOFF_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
            begun = time.monotonic()
            try:
                async with asyncio.timeout(self._seconds):
                    response = await self._send(body)
            except asyncio.CancelledError:  # every caller's time has run out
                if time.monotonic() - begun >= _HANGS_SECONDS:
                    self._breaker.failed()
                raise
            except (httpx.TimeoutException, TimeoutError) as error:
                self._breaker.failed()
                raise SlowError("the service did not answer in time") from error
            except httpx.HTTPError as error:
                self._breaker.failed()
                failure: Exception = error
                continue
            if response.status_code in _RETRIED:
                self._breaker.failed()
                failure = httpx.HTTPStatusError(str(response.status_code), request=response.request, response=response)
                continue
            if response.status_code in _FAILED:
                self._breaker.failed()
                raise UnavailableError(f"the service answered HTTP {response.status_code}")
            self._breaker.succeeded()
            return rows_of(response, self._description.rest, body["columns"])
        raise UnavailableError(f"the service does not answer ({type(failure).__name__})") from failure


def _cell(row: Any, column: str) -> Any:
    try:
        return row[column]
    except (TypeError, KeyError) as error:
        raise MalformedError("the service answered a row without its key") from error
