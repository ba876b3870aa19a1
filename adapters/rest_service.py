"""A department's REST service: access by mutual TLS or bearer token, retries, and a circuit breaker."""

import asyncio
import random
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.breaker import Breaker
from adapters.errors import MalformedError, SlowError, UnavailableError
from adapters.rest_answers import RestShape, rows_of

_TRIES = 3
_BACKOFF_SECONDS = 0.05
_MAX_PORT = 65535
_HANGS_SECONDS = 1.0
_MAX_BODY = 64 * 1024 * 1024
_RETRIED = (429, 502, 503, 504)
FAILED = frozenset({408, *range(500, 600)})
"""HTTP statuses of a service that does not work."""


@dataclass(frozen=True, slots=True)
class RestAccess:
    """The access to a service; ``token_file`` and ``key_file`` hold secrets and have mode 0600."""

    base_url: str
    batch: bool = True
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class RestService:
    """Requests for one resource of a service; ``seconds`` bounds each, however long its callers can wait."""

    def __init__(self, access: RestAccess, resource: str, shape: RestShape, seconds: float) -> None:
        """Create without connecting.

        Raises:
            UnavailableError: a certificate or token file cannot be read, or the URL is invalid.
        """
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
            base_url=base, verify=context, headers=headers, timeout=seconds, trust_env=False
        )
        self._resource = resource
        self._shape = shape
        self._seconds = seconds
        self._breaker = Breaker()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def status(self) -> int:
        """Return the HTTP status of a request for nothing.

        Raises:
            httpx.HTTPError: the service does not answer.
        """
        return (await self._client.head("")).status_code

    async def rows(self, body: dict[str, Any]) -> list[Any]:
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
            if response.status_code in FAILED:
                self._breaker.failed()
                raise UnavailableError(f"the service answered HTTP {response.status_code}")
            self._breaker.succeeded()
            return rows_of(response, self._shape, body["columns"])
        raise UnavailableError(f"the service does not answer ({type(failure).__name__})") from failure

    async def rows_once(self, body: dict[str, Any]) -> list[Any]:
        """Send a request once, whatever the breaker says.

        Raises:
            httpx.HTTPError: the service does not answer.
            SourceError: its answer is not of the described shape.
        """
        return rows_of(await self._send(body), self._shape, body["columns"])

    async def _send(self, body: dict[str, Any]) -> httpx.Response:
        """Send one request, and read at most the permitted length of the answer.

        Raises:
            MalformedError: the answer is too long.
        """
        async with self._client.stream("POST", self._resource, json=body) as response:
            parts, total = [], 0
            async for part in response.aiter_bytes():
                total += len(part)
                if total > _MAX_BODY:
                    raise MalformedError(f"the service answered more than {_MAX_BODY} bytes")
                parts.append(part)
        headers = {"content-type": response.headers.get("content-type", "")}
        return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)
