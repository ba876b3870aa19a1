"""What the node serves over plain HTTP: the ledger as C2SP tiles, the trust bundle, health and metrics.

Nothing here is personal, and leaves are public by design. ::

    /checkpoint                     the signed checkpoint (C2SP tlog-tiles)
    /tile/<level>/<number>[.p/<w>]  tiles of hashes;  /tile/entries/<number>[.p/<w>]  tiles of entries
    /trust/root.pem  /trust/crl.pem  /trust/ledger.vkey
    /health  /metrics
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exchange.authority import Vault
from exchange.settings import Settings
from registry.connection import connect
from registry.errors import NotOnRecordError, RegistryError, RuleError
from registry.ledger.append import TILE, read_head
from registry.ledger.tiles import TileAddress
from registry.ledger.tree import TreeReader

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_BRIEFLY = {"cache-control": "public, max-age=1"}
_BYTES = "application/octet-stream"
_CONNECTIONS = 4


class Pages:
    """The handlers, over a few connections to the registry's database."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._vault = Vault.of(settings)
        self._url = url
        self._slots = asyncio.Semaphore(_CONNECTIONS)

    async def checkpoint(self, _request: Request) -> Response:
        """The head's signed note."""
        async with self._connection() as connection:
            head = await read_head(connection)
        return PlainTextResponse(head.checkpoint, status_code=200 if head.size else 404, headers=_BRIEFLY)

    async def tile(self, request: Request) -> Response:
        """A tile; full ones never change."""
        address = TileAddress.parse(request.url.path.lstrip("/"))
        async with self._connection() as connection:
            reader = TreeReader(connection)
            if address.level is None:
                data = await reader.entries(address.number, address.width)
            else:
                data = await reader.tile(address.level, address.number, address.width)
        return Response(data, media_type=_BYTES, headers=_FOREVER if address.width == TILE else _BRIEFLY)

    async def trust(self, request: Request) -> Response:
        """One file of the trust bundle."""
        name = request.path_params["name"]
        if name == "ledger.vkey":
            return PlainTextResponse("".join(f"{key.vkey}\n" for key in self._vault.ledger_keys()))
        if name in ("root.pem", "crl.pem"):
            return PlainTextResponse((self._vault.certificates / name).read_text(encoding="ascii"), headers=_BRIEFLY)
        return PlainTextResponse("trust: root.pem, crl.pem or ledger.vkey\n", status_code=404)

    async def health(self, _request: Request) -> Response:
        """Whether the database answers."""
        async with self._connection() as connection:
            await connection.execute("SELECT 1")
        return PlainTextResponse("serving\n")

    async def metrics(self, _request: Request) -> Response:
        """The metrics of all workers."""
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._slots:
            connection = await connect(self._url)
            try:
                yield connection
            finally:
                await connection.close()


def make_app(settings: Settings, url: str) -> Starlette:
    """The HTTP application."""
    pages = Pages(settings, url)
    return Starlette(
        routes=[
            Route("/checkpoint", _answering(pages.checkpoint)),
            Route("/tile/{address:path}", _answering(pages.tile)),
            Route("/trust/{name}", _answering(pages.trust)),
            Route("/health", _answering(pages.health)),
            Route("/metrics", _answering(pages.metrics)),
        ]
    )


def _answering(page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Turn the registry's errors into HTTP statuses."""

    async def answer(request: Request) -> Response:
        try:
            return await page(request)
        except RuleError as error:
            return PlainTextResponse(f"{error}\n", status_code=400)
        except NotOnRecordError as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        except RegistryError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)

    return answer
