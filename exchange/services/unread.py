"""Limits on calls whose first message has not arrived: their time, their number, and repeated misuse.

A call uses memory from its headers on. Calls without a timely message end; if there are too many, the oldest end. If a
caller's calls end like this, or are cancelled by it, more often than by accident, its connection ends, and its
certificate is refused for a moment.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc

from exchange.acts.refusals import Reason, Refusal
from exchange.buckets import Buckets
from exchange.services.calls import Context, abort, certificate_of

FIRST_SECONDS = 5.0
"""How long to wait for a call's first message."""
_LOST_A_SECOND, _LOST_AT_ONCE = 10.0, 100.0
_LOOK_SECONDS = 0.5
_ENDING_SECONDS = _BARRED_SECONDS = 2.0


class Unread:
    """The calls of one worker whose first message has not arrived."""

    def __init__(
        self,
        most: int,
        caller: Callable[[bytes], str],
        end_connection: Callable[[str], None],
        bar: Callable[[bytes, float], None],
    ) -> None:
        """Create limits: at most ``most`` calls.

        ``caller`` returns a certificate's system, ``end_connection`` ends a peer's connection.

        ``bar`` refuses a certificate for so many seconds.
        """
        self._most = most
        self._caller = caller
        self.end_connection = end_connection
        self._bar = bar
        self._since: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._lost = Buckets(_LOST_A_SECOND, _LOST_AT_ONCE)
        self._ending: set[str] = set()
        self._look: asyncio.TimerHandle | None = None

    async def first(self, context: Context) -> Any:
        """Return the first message of this task's call; the call ends if none arrives in time."""
        call = asyncio.current_task()
        assert call is not None  # noqa: S101  # handlers run in a task
        self._begins(call)
        try:
            message = await context.read()
        except asyncio.CancelledError:
            self.lost(context)
            if call not in self._late:  # its caller cancelled it
                raise
            message = None
        finally:
            self._since.pop(call, None)
            self._late.discard(call)
        if message is None:
            await abort(context, Refusal(Reason.STREAM_IDLE, f"no message came for {FIRST_SECONDS:g} seconds"))
        if message is grpc.aio.EOF:
            await abort(context, Refusal(Reason.INVALID_REQUEST, "the call ended without a message"))
        return message

    def lost(self, context: Context) -> None:
        """Handle the end of a call without a message."""
        peer, certificate = context.peer(), certificate_of(context)
        if not self._lost.take(self._caller(certificate)) and peer not in self._ending:
            self._ending.add(peer)  # calls sent before still arrive, one by one
            asyncio.get_running_loop().call_later(_ENDING_SECONDS, self._ending.discard, peer)
            self._bar(certificate, _BARRED_SECONDS)
            self.end_connection(peer)

    def _begins(self, call: asyncio.Task[object]) -> None:
        loop = asyncio.get_running_loop()
        self._since[call] = loop.time()
        if len(self._since) > self._most:
            self._end(next(iter(self._since)))
        if self._look is None:
            self._look = loop.call_later(_LOOK_SECONDS, self._end_late)

    def _end(self, call: asyncio.Task[object]) -> None:
        del self._since[call]
        self._late.add(call)
        call.cancel()

    def _end_late(self) -> None:
        self._look = None
        loop = asyncio.get_running_loop()
        bound = loop.time() - FIRST_SECONDS
        for call in [call for call, since in self._since.items() if since < bound]:
            self._end(call)
        if self._since:
            self._look = loop.call_later(_LOOK_SECONDS, self._end_late)
