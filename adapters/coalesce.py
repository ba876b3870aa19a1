"""Coalescing of lookups: those that arrive while one statement runs share the next one.

A statement costs nearly the same for one lookup as for fifty. After a statement that many lookups shared, the next one
waits for more of them; after one with a single lookup, the next begins at once (docs/benchmarks/experiments.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from adapters.errors import SlowError, SourceError, UnavailableError
from adapters.source import MAX_KEYS, Fetched
from registry.identifiers import SubjectKind

FetchMany = Callable[[SubjectKind, Sequence[str], Sequence[str]], Awaitable[Fetched]]
"""Looks many keys up with one statement."""

_Lane = tuple[SubjectKind, tuple[str, ...]]
_SWEEP_SECONDS = 0.05
_CROWDED_BATCH = 5
"""Lookups in one statement from which on the next statement waits the whole pace."""
STATEMENT_PACE = 0.012
"""Seconds between two statements on a database under load."""


@dataclass(slots=True, eq=False)
class _Waiter:
    keys: Sequence[str]
    future: asyncio.Future[Fetched]
    expires: float


class Coalescer:
    """Gathers lookups of the same kind and fields; each lane has at most one statement in flight.

    ``pace`` is the time between two statements under load, in seconds; the more a statement costs, the longer it
    should be. ``ends`` says that cancelling a statement here ends it at the source, too; a statement without waiting
    callers is then cancelled. Otherwise it keeps its lane until it ends, so that abandoned statements do not pile up.
    """

    def __init__(self, fetch_many: FetchMany, pace: float, *, ends: bool = True) -> None:
        self._fetch_many = fetch_many
        self._pace = pace
        self._ends = ends
        self._waiting: dict[_Lane, list[_Waiter]] = {}
        self._flying: dict[_Lane, tuple[asyncio.Task[None], Sequence[_Waiter]]] = {}
        self._running: dict[_Lane, asyncio.Task[None]] = {}
        self._sweeping = False

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Wait up to ``seconds`` for the shared statement; other callers' waits are independent.

        Raises:
            SourceError: the statement failed, or this caller's time ran out.
        """
        loop = asyncio.get_running_loop()
        lane = (kind, tuple(fields))
        waiter = _Waiter(keys, loop.create_future(), loop.time() + seconds)
        self._waiting.setdefault(lane, []).append(waiter)
        if lane not in self._running:
            self._running[lane] = loop.create_task(self._run(lane))
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(_SWEEP_SECONDS, self._sweep)
        return await waiter.future

    async def close(self) -> None:
        """Wait for the statements in flight to end."""
        await asyncio.gather(*self._running.values())

    async def _run(self, lane: _Lane) -> None:
        try:
            while batch := self._take(lane):
                flight = asyncio.create_task(self._look_up(lane, batch))
                self._flying[lane] = flight, batch
                await asyncio.wait({flight})
                await asyncio.sleep(self._pace * min((len(batch) - 1) / (_CROWDED_BATCH - 1), 1.0))
        finally:
            self._flying.pop(lane, None)
            del self._running[lane]

    async def _look_up(self, lane: _Lane, batch: Sequence[_Waiter]) -> None:
        kind, fields = lane
        keys = list(dict.fromkeys(key for waiter in batch for key in waiter.keys))
        try:
            fetched = await self._fetch_many(kind, keys, fields)
        except SourceError as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001  # every waiting caller must get the error
            _fail(batch, UnavailableError(f"the source failed ({type(error).__name__})"))
        else:
            _answer(batch, fetched)

    def _take(self, lane: _Lane) -> list[_Waiter]:
        """Return the next batch of waiting callers, up to 10,000 keys."""
        waiting = [waiter for waiter in self._waiting.pop(lane, []) if not waiter.future.done()]
        total = 0
        for at, waiter in enumerate(waiting):
            total += len(waiter.keys)
            if total > MAX_KEYS and at:
                self._waiting[lane] = waiting[at:]
                return waiting[:at]
        return waiting

    def _sweep(self) -> None:
        """Fail callers whose time has run out, with one timer for all of them."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        flights = list(self._flying.values())
        waiters = [item for batch in (*self._waiting.values(), *(batch for _, batch in flights)) for item in batch]
        _fail([item for item in waiters if item.expires <= now], SlowError("the source did not answer in time"))
        for flight, batch in flights:
            if self._ends and not flight.cancelling() and all(item.future.done() for item in batch):
                flight.cancel()  # no caller waits for it any more, and others wait for its lane
        self._sweeping = bool(waiters)
        if waiters:
            loop.call_later(_SWEEP_SECONDS, self._sweep)


def _answer(batch: Sequence[_Waiter], fetched: Fetched) -> None:
    records, malformed = fetched.records, fetched.malformed
    for waiter in batch:
        if not waiter.future.done():
            own = {key: records[key] for key in waiter.keys if key in records}
            bad = {key: malformed[key] for key in waiter.keys if key in malformed} if malformed else {}
            waiter.future.set_result(replace(fetched, records=own, malformed=bad))


def _fail(batch: Sequence[_Waiter], error: SourceError) -> None:
    for waiter in batch:
        if not waiter.future.done():
            waiter.future.set_exception(error)
