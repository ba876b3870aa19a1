"""The routes of the node's plain HTTP server, and its error responses.

Nothing here is personal; leaves are public by design. ::

    /checkpoint                     the signed checkpoint (C2SP tlog-tiles)
    /tile/<level>/<number>[.p/<w>]  tiles of hashes;  /tile/entries/<number>[.p/<w>]  tiles of entries
    /trust/root.pem  /trust/crl.pem  /trust/ledger.vkey  /trust/seals.pem
    /trust/seal-root.pem  /trust/seal-crl.pem  /trust/seal-makers.pem  /trust/seal-self-makers.pem
    /status/<list>                  a Token Status List, as JWT or CWT by the Accept header
    /download/<code>                a license's watermarked PDF, once
    /check                          the page that checks the QR codes of licenses
    /health  /metrics
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exchange.acts.policies import is_action
from exchange.node.pages import Pages
from exchange.node.visitors import RateByAddress
from registry.connection import DATABASE_ERRORS
from registry.errors import NotOnRecordError, RegistryError, RuleError

PUBLIC = frozenset(
    {
        "/checkpoint",  # the head of the log, which anyone may compare with a receipt
        "/tile/{address:path}",  # the log's hashes and leaves, which hold nothing personal
        "/trust/{name}",  # certificates and keys, by which evidence is checked
        "/status/{number}",  # states of licenses by numbers that name no license, made of rows with entries
        "/check",  # what a license's QR code says, to who posts it, and its state by the public list
        "/health",  # whether the node serves
        "/metrics",  # counts
    }
)
"""The routes that disclose nothing that needs a permit and change nothing, and so leave no entry."""
_METHODS = {"/check": ["GET", "POST"]}
ACTIONS: Mapping[str, str] = {"/download/{code}": "license.download"}
"""The routes that are acts of the one road, and the Cedar action of each."""


def make_app(pages: Pages, per_second: float) -> Starlette:
    """Return the HTTP application; ``per_second`` limits the requests of an address.

    Raises:
        LookupError: a route is neither public nor an act with a Cedar action.
    """
    found = {
        "/checkpoint": pages.checkpoint, "/tile/{address:path}": pages.tile, "/trust/{name}": pages.trust,
        "/status/{number}": pages.status, "/download/{code}": pages.download, "/check": pages.check.answer,
        "/health": pages.health,
        "/metrics": pages.metrics,
    }  # fmt: skip
    for path in found:
        if path not in PUBLIC and not is_action(ACTIONS.get(path, "")):
            raise LookupError(f"{path}: neither public nor an act with a Cedar action")
    return Starlette(
        middleware=[Middleware(RateByAddress, per_second=per_second)],
        routes=[Route(path, _answering(page), methods=_METHODS.get(path)) for path, page in found.items()],
    )


def _answering(page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Convert the registry's errors to HTTP statuses."""

    async def answer(request: Request) -> Response:
        try:
            return await page(request)
        except RuleError as error:
            return PlainTextResponse(f"{error}\n", status_code=400)
        except NotOnRecordError as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        except RegistryError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        except DATABASE_ERRORS:
            return PlainTextResponse("the database does not answer\n", status_code=503)

    return answer
