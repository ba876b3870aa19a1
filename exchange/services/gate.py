"""The gate of all calls: limits their number, and turns unexpected exceptions into refusals."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, NoReturn

import grpc

from exchange.acts.failures import failed
from exchange.acts.perform import refuse_unread
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.road import Road
from exchange.metrics import count
from exchange.services.calls import Context, Received, abort, call_of, certificate_of
from exchange.services.unread import FIRST_SECONDS, Unread
from exchange.settings import Limits

_LAST_CALL_SECONDS = 0.2
"""How long a stopping node still answers calls."""
_QUIET_SECONDS, _MOST_QUIETS = 0.1, 10
"""Then it redirects callers until none arrive for so long; it waits for that so many times."""
_PARTING_SECONDS = 1.0
"""The delay before closing the connection of a refused certificate, so that the error arrives."""
_STOPPING = Refusal(Reason.STOPPING, "the node is stopping; retry later")
_Stream = AsyncGenerator[Any, None]


class Gate:
    """Limits concurrent calls of all services; others are refused before any work is done.

    Acts under way whose callers have left count as calls.

    Calls refused for overload are counted but not recorded, since shedding load must not cause load (docs/adr/0013).
    One system's streams may be half of all concurrent calls. A stream ends if its caller is silent or does not read for
    too long, or if it waits while the node stops; started work is always completed.
    """

    def __init__(self, limits: Limits, road: Road, unread: Unread) -> None:
        """Create a gate; ``road`` records unreadable requests, within a system's rate."""
        self._most = self._free = limits.concurrent_calls
        self._idle_seconds = limits.max_seconds
        self._limits = limits
        self._road = road
        self._unread = unread
        self._streams: Counter[str] = Counter()
        self._closing = asyncio.Event()
        self._calls = 0

    async def close(self) -> None:
        """Stop: end waiting streams, and redirect new calls until no more arrive.

        Requests already sent are answered first, since gRPC itself drops those it has not delivered when it stops.
        """
        await asyncio.sleep(_LAST_CALL_SECONDS)
        self._closing.set()
        for _ in range(_MOST_QUIETS):
            before = self._calls
            await asyncio.sleep(_QUIET_SECONDS)
            if self._calls == before:
                return

    def unary(self, name: str, work: Callable[[Any, Context], Awaitable[Any]]) -> Callable[[Any, Context], Any]:
        """Return a method with one answer, behind the gate."""

        async def gated(_requests: _Stream, context: Context) -> Any:
            self._calls += 1
            received = await self._unread.first(context)
            if self._free <= self._road.left or self._closing.is_set():
                return await self._refuse_overload(name, context)
            self._free -= 1
            try:
                if received.message is None:
                    return await self._refuse_unread(received, context)
                return await work(received, context)
            except Exception as error:  # noqa: BLE001  # gRPC would send its text, which may contain anything
                return await self._fail(context, error)
            finally:
                self._free += 1

        return gated

    def stream(
        self, name: str, work: Callable[[Any, Context], _Stream], *, one: bool = False
    ) -> Callable[[Any, Context], _Stream]:
        """Return a method with a stream of answers, behind the gate until it ends; ``one`` request, or many."""

        async def gated(requests: _Stream, context: Context) -> _Stream:
            self._calls += 1
            received = await self._unread.first(context) if one else requests
            system = self._road.identify(certificate_of(context)).id
            if self._free <= self._road.left or self._closing.is_set() or self._streams[system] * 2 >= self._most:
                await self._refuse_overload(name, context)
            self._free -= 1
            self._streams[system] += 1
            try:
                answers = self._work_on_stream(received, work, context)
                async with aclosing(answers):
                    async for answer in answers:
                        with self._bounded():
                            yield answer
            except Exception as error:  # noqa: BLE001  # as above
                await self._fail(context, error)
            finally:
                self._free += 1
                self._streams[system] -= 1
                if not self._streams[system]:
                    del self._streams[system]

        return gated

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """End the call if its caller does not read the answer in time."""
        call = asyncio.current_task()
        timer = asyncio.get_running_loop().call_later(self._idle_seconds, call.cancel) if call else None
        try:
            yield
        finally:
            if timer:
                timer.cancel()

    async def _work_on_stream(
        self, received: Received | _Stream, work: Callable[[Any, Context], _Stream], context: Context
    ) -> _Stream:
        if not isinstance(received, Received):  # a single request is answered even while the node stops
            async for answer in work(self._readable(received, context), context):
                yield answer
            return
        if received.message is None:
            await self._refuse_unread(received, context)
        async with aclosing(work(received, context)) as answers:
            while (answer := await self._next(answers, context, None)) is not None:
                yield answer

    async def _readable(self, requests: _Stream, context: Context) -> _Stream:
        """Yield a caller's requests up to the first one that cannot be parsed, which ends the stream."""
        seconds = min(FIRST_SECONDS, self._idle_seconds)
        try:
            received = await self._next(requests, context, seconds)
        except (asyncio.CancelledError, grpc.aio.AbortError):
            if not self._closing.is_set():
                self._unread.lost(context)
            raise
        while received is not None:
            if received.message is None:
                await self._refuse_unread(received, context)
            yield received
            received = await self._next(requests, context, self._idle_seconds)

    async def _next(self, items: _Stream, context: Context, seconds: float | None) -> Any:
        """Return the next item, or None; end streams that are silent, or wait while the node stops."""
        coming = asyncio.ensure_future(anext(items, None))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({coming, closing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                return coming.result()
            if closing.done():
                await abort(context, _STOPPING)
            await abort(context, Refusal(Reason.STREAM_IDLE, f"nothing came for {seconds:g} seconds; retry later"))
        finally:
            coming.cancel()
            closing.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await coming  # it uses the stream until it has ended

    async def _refuse_overload(self, name: str, context: Context) -> NoReturn:
        overloaded = Refusal(Reason.OVERLOADED, f"{self._most} calls at once are under way; retry later")
        refusal = _STOPPING if self._closing.is_set() else overloaded
        count(name, refusal.reason.name, 0.0)
        await abort(context, refusal)

    async def _refuse_unread(self, received: Received, context: Context) -> NoReturn:
        act = PlainAct("call", received.method)
        fault = Refusal(Reason.INVALID_REQUEST, f"the request {received.fault}")
        call = call_of(received, context, self._limits)
        await abort(context, await refuse_unread(self._road, call, act, fault))

    async def _fail(self, context: Context, error: Exception) -> NoReturn:
        """End a failed call, unless it was already ended with a refusal."""
        if not isinstance(error, grpc.aio.AbortError):
            await abort(context, failed(error))
        if context.code() is grpc.StatusCode.UNAUTHENTICATED:  # revoked after it connected; TLS refuses it from now on
            asyncio.get_running_loop().call_later(_PARTING_SECONDS, self._unread.end_connection, context.peer())
        raise error
