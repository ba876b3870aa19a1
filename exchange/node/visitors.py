"""Limits for HTTP clients by address: connections, time, and requests a second.

The address is that of the connection; headers such as X-Forwarded-For are ignored.
"""

import asyncio
from collections import Counter
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from exchange.buckets import Buckets

_MOST = 1_000
"""The most connections of all addresses."""
_HEADER_SECONDS, _REQUEST_SECONDS = 10.0, 60.0
"""Time limits of connections: without a complete request, and with an unanswered or unread one."""
_LOOK_SECONDS = 2.0
_COSTS = {"download": 10.0, "metrics": 10.0}
_SECONDS_WORTH = 2.0
_RETRY = {"retry-after": "1"}


class RateByAddress:
    """Limits each address to a rate of requests; costly ones count as several."""

    def __init__(self, app: ASGIApp, per_second: float) -> None:
        self._app = app
        self._buckets = Buckets(per_second, max(per_second * _SECONDS_WORTH, *_COSTS.values()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with status 429."""
        cost = _COSTS.get(scope["path"].removeprefix("/").partition("/")[0], 1.0)
        client = scope.get("client")
        answer = self._app
        if not self._buckets.take(_neighbourhood(client[0]) if client else "", cost):
            answer = PlainTextResponse("too many requests; slow down\n", status_code=429, headers=_RETRY)
        await answer(scope, receive, send)


def guarded(per_address: int) -> type[H11Protocol]:
    """Return an HTTP protocol class that limits connections of an address, and their idle time."""
    counts: Counter[str] = Counter()

    class Guarded(H11Protocol):
        _place = ""
        _since = 0.0
        _state: tuple[Any, bool] = None, True
        _look: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._place = _neighbourhood(self.client[0]) if self.client else ""
            counts[self._place] += 1
            if counts[self._place] > per_address or counts.total() > _MOST:
                transport.abort()
                return
            self._since = self.loop.time()
            self._look = self.loop.call_later(_LOOK_SECONDS, self._watch)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._look is not None:
                self._look.cancel()
            counts[self._place] -= 1
            if counts[self._place] <= 0:
                del counts[self._place]
            super().connection_lost(exc)

        def _watch(self) -> None:
            now = self.loop.time()
            done = self.cycle is None or self.cycle.response_complete
            if (self.cycle, done) != self._state:
                self._state, self._since = (self.cycle, done), now
            if now - self._since > (_HEADER_SECONDS if done else _REQUEST_SECONDS):
                self.transport.abort()
                return
            self._look = self.loop.call_later(_LOOK_SECONDS, self._watch)

    return Guarded


def _neighbourhood(host: str) -> str:
    """Return the part of an address that is counted: in IPv6, the /64 network of one client."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or (int(found) >> 64))
    return str(found)
