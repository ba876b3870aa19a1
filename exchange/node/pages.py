"""The responses of the HTTP server: tiles, trust bundle, status lists, downloads, health and metrics."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from exchange.acts.refusals import Refusal
from exchange.licensing.downloads import Downloads
from exchange.licensing.publication import StatusLists
from exchange.node.check_page import CheckPage
from exchange.node.checkpoints import Checkpoints
from exchange.node.health import Check, health
from exchange.pki.key_vault import KeyVault
from exchange.pki.lifetimes import Lifetime, Lifetimes, lifetimes_of, near_ends
from exchange.pki.seal_ca import trust_bundle
from keys.certificates import pem
from keys.statuslist import CWT_TYPE, JWT_TYPE
from keys.trust import TrustBundle
from registry.connection import DATABASE_ERRORS
from registry.errors import NotOnRecordError, RegistryError, RuleError, StorageError
from registry.ledger.append import TILE
from registry.ledger.tiles import TileAddress
from registry.ledger.tree import TreeReader
from registry.licenses.codes import UNKNOWN
from registry.register import seal_certificates
from registry.seals.records import seal_ends

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_BRIEFLY = {"cache-control": "public, max-age=1"}
_BYTES = "application/octet-stream"
_STATUS_SECONDS = 5
_COMMAND_SECONDS = 20.0
_HEALTH_SECONDS = 1.0
_MAX_LIST = 2**31 - 1
_NUMBER = re.compile("0|[1-9][0-9]{0,9}")

_STATUSES = {"RESOURCE_EXHAUSTED": 429, "INTERNAL": 500}


class Pages:
    """The request handlers, which share a few connections to the registry's database."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: KeyVault,
        checkpoints: Checkpoints,
        downloads: Downloads,
        lists: StatusLists,
        status_uri: str,
        looks: Mapping[str, Check],
    ) -> None:
        """Create handlers; ``status_uri`` is that of lists without number, ``looks`` the checks of health."""
        self._pool = pool
        self._vault = vault
        self._checkpoints = checkpoints
        self._downloads = downloads
        self._lists = lists
        self._checks = {**looks, "certificates": self._certificates}
        self.check = CheckPage(status_uri, self._trust, self._listed)
        self._looking: asyncio.Task[tuple[bool, str]] | None = None
        self._looked_at = 0.0

    async def checkpoint(self, _request: Request) -> Response:
        """Return the head's signed note."""
        async with self._connection() as connection:
            note = await self._checkpoints.current(connection, self._vault.ledger_keys())
        return PlainTextResponse(note, status_code=200 if note else 404, headers=_BRIEFLY)

    async def tile(self, request: Request) -> Response:
        """Return a tile; full ones never change."""
        address = TileAddress.parse(request.scope["path"].removeprefix("/"))
        async with self._connection() as connection:
            reader = TreeReader(connection)
            if address.level is None:
                data = await reader.entries(address.number, address.width)
            else:
                data = await reader.tile(address.level, address.number, address.width)
        return Response(data, media_type=_BYTES, headers=_FOREVER if address.width == TILE else _BRIEFLY)

    async def trust(self, request: Request) -> Response:
        """Return one file of the trust bundle."""
        name = request.path_params["name"]
        if name == "ledger.vkey":
            return PlainTextResponse("".join(f"{key.vkey}\n" for key in self._vault.ledger_keys()))
        if name in ("seals.pem", "seal-root.pem", "seal-crl.pem", "seal-makers.pem", "seal-self-makers.pem"):
            bundle = await self._trust()
            held = {
                "seals.pem": pem(*bundle.seals),
                "seal-root.pem": pem(*bundle.seal_roots),
                "seal-crl.pem": pem(*bundle.seal_lists),
                "seal-makers.pem": pem(*bundle.seal_makers),
                "seal-self-makers.pem": pem(*bundle.self_makers),
            }
            return PlainTextResponse(held[name], headers=_BRIEFLY)
        if name in ("root.pem", "crl.pem"):
            return PlainTextResponse((self._vault.certificates / name).read_text(encoding="ascii"), headers=_BRIEFLY)
        names = "root.pem, crl.pem, ledger.vkey, seals.pem, seal-root.pem, seal-crl.pem, seal-makers.pem"
        return PlainTextResponse(f"trust: {names} or seal-self-makers.pem\n", status_code=404)

    async def status(self, request: Request) -> Response:
        """Return a status list as JWT or CWT."""
        number = _NUMBER.fullmatch(request.path_params["number"])
        if number is None:
            raise RuleError("status list", "its number, in at most ten digits")
        if int(number[0]) > _MAX_LIST:
            raise NotOnRecordError("status list: no such list")
        async with self._connection() as connection:
            found = await self._lists.current(connection, int(number[0]))
        binary = CWT_TYPE in request.headers.get("accept", "")
        headers = {
            "cache-control": f"public, max-age={_STATUS_SECONDS}",
            "etag": f'"{found.changes}-{int(found.issued_at.timestamp())}-{"cwt" if binary else "jwt"}"',
            "last-modified": format_datetime(found.issued_at, usegmt=True),
            "vary": "accept",
        }
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        if binary:
            return Response(found.cwt, media_type=CWT_TYPE, headers=headers)
        return Response(found.jwt, media_type=f"application/{JWT_TYPE}", headers=headers)

    async def download(self, request: Request) -> Response:
        """Return a license's watermarked PDF, and use up the code in the path; only GET does so."""
        if request.method != "GET":
            return PlainTextResponse("GET only\n", status_code=405)
        page = await self._downloads.take(request.path_params["code"])
        if isinstance(page, bytes):
            return Response(page, media_type="application/pdf", headers={"cache-control": "no-store"})
        return _refused(page)

    async def _listed(self, number: int) -> str:
        async with self._connection() as connection:
            return (await self._lists.current(connection, number)).jwt

    async def _trust(self) -> TrustBundle:
        async with self._connection() as connection:
            return trust_bundle(self._vault, await seal_certificates(connection))

    async def health(self, _request: Request) -> Response:
        """Return whether the node can serve, and messages; one check serves all requests within a second."""
        now = asyncio.get_running_loop().time()
        if self._looking is None or (self._looking.done() and now - self._looked_at >= _HEALTH_SECONDS):
            self._looking, self._looked_at = asyncio.create_task(health(self._checks)), now
        serves, said = await asyncio.shield(self._looking)
        return PlainTextResponse(said, status_code=200 if serves else 503)

    async def _certificates(self) -> str:
        """Return the certificates that end soon."""
        async with self._connection() as connection:
            return "; ".join(near_ends(await self._lifetimes(connection), datetime.now(UTC)))

    async def _lifetimes(self, connection: asyncpg.Connection) -> list[Lifetime]:
        return lifetimes_of(self._vault, await seal_ends(connection))

    async def metrics(self, _request: Request) -> Response:
        """Return the metrics of all processes."""
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
        try:
            async with self._connection() as connection:
                registry.register(Lifetimes(await self._lifetimes(connection)))
        except (RegistryError, OSError, asyncpg.PostgresError):  # without the database, only those of the files
            registry.register(Lifetimes(lifetimes_of(self._vault, ())))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await self._pool.acquire(timeout=_COMMAND_SECONDS)
        except DATABASE_ERRORS as error:
            raise StorageError("the database does not answer") from error
        try:
            yield connection
        finally:
            await self._pool.release(connection)


def _refused(refusal: Refusal | None) -> Response:
    """Return a refusal over HTTP; a denied code and an unknown one have the same response."""
    if refusal is None or (refusal.reason.decision == "deny" and refusal.retry_seconds is None):
        return PlainTextResponse(f"{UNKNOWN}\n", status_code=404)
    headers = {} if refusal.retry_seconds is None else {"retry-after": str(math.ceil(refusal.retry_seconds))}
    status = _STATUSES.get(refusal.reason.status, 503)
    return PlainTextResponse(f"{refusal.detail}\n", status_code=status, headers=headers)
