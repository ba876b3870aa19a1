"""Coalescing: lookups that arrive while one statement is in flight, or just after it, share the next one.

A statement costs nearly the same for one question as for fifty, so after one that many shared it pays to let others
join before the next; after one that somebody had alone, the next begins at once (docs/benchmarks/experiments.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from adapters.errors import SlowError, SourceError, UnavailableError
from adapters.source import MAX_KEYS, Fetched
from registry.identifiers import SubjectKind

FetchMany = Callable[[SubjectKind, Sequence[str], Sequence[str]], Awaitable[Fetched]]
"""Looks many keys up in one go."""

_Lane = tuple[SubjectKind, tuple[str, ...]]
_SWEEP_SECONDS = 0.05
_CROWD = 5
"""Callers who shared a statement, from whom on the next one waits its whole pace."""
STATEMENT_PACE = 0.012
"""Seconds between two statements on a database, under load."""


@dataclass(slots=True, eq=False)
class _Waiter:
    keys: Sequence[str]
    future: asyncio.Future[Fetched]
    expires: float


class Coalescer:
    """Gathers lookups of the same kind and fields; each lane has at most one statement in flight.

    ``pace`` is the time between two statements under load, in seconds: the longer, the more one of them costs. With
    ``ends``, the source ends a statement that is cancelled here: one for which nobody waits any more is. Without it,
    such a statement keeps its lane until its own end, or the source would soon be busy with many of them.
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
        """Wait for the shared statement, but no longer than ``seconds``; others go on waiting.

        Raises:
            SourceError: the statement failed, or this caller's time is up.
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
        """Wait for statements in flight."""
        await asyncio.gather(*self._running.values())

    async def _run(self, lane: _Lane) -> None:
        try:
            while batch := self._take(lane):
                flight = asyncio.create_task(self._look_up(lane, batch))
                self._flying[lane] = flight, batch
                await asyncio.wait({flight})
                await asyncio.sleep(self._pace * min((len(batch) - 1) / (_CROWD - 1), 1.0))
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
        except Exception as error:  # noqa: BLE001  # every waiting caller must be told
            _fail(batch, UnavailableError(f"the source failed ({type(error).__name__})"))
        else:
            _answer(batch, fetched)

    def _take(self, lane: _Lane) -> list[_Waiter]:
        """The next batch of callers still waiting, up to 10,000 keys."""
        waiting = [waiter for waiter in self._waiting.pop(lane, []) if not waiter.future.done()]
        total = 0
        for at, waiter in enumerate(waiting):
            total += len(waiter.keys)
            if total > MAX_KEYS and at:
                self._waiting[lane] = waiting[at:]
                return waiting[:at]
        return waiting

    def _sweep(self) -> None:
        """Tell callers whose time is up: one timer for all of them, while there are any."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        flights = list(self._flying.values())
        waiters = [item for batch in (*self._waiting.values(), *(batch for _, batch in flights)) for item in batch]
        _fail([item for item in waiters if item.expires <= now], SlowError("the source did not answer in time"))
        for flight, batch in flights:
            if self._ends and not flight.cancelling() and all(item.future.done() for item in batch):
                flight.cancel()  # nobody waits for it any more; others wait behind it
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
