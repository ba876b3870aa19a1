"""Coalescing: lookups that arrive while one statement is in flight share the next one. No timer, no added wait."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from adapters.errors import SlowError, SourceError, UnavailableError
from adapters.source import MAX_KEYS, Fetched
from registry.identifiers import SubjectKind

FetchMany = Callable[[SubjectKind, Sequence[str], Sequence[str]], Awaitable[Fetched]]
"""Looks many keys up in one go."""

_Lane = tuple[SubjectKind, tuple[str, ...]]


class Coalescer:
    """Gathers lookups of the same kind and fields; each lane has at most one statement in flight."""

    def __init__(self, fetch_many: FetchMany) -> None:
        self._fetch_many = fetch_many
        self._waiting: dict[_Lane, list[tuple[Sequence[str], asyncio.Future[Fetched]]]] = {}
        self._running: dict[_Lane, asyncio.Task[None]] = {}

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Wait for the shared statement, but no longer than ``seconds``; others go on waiting.

        Raises:
            SourceError: the statement failed, or this caller's time is up.
        """
        lane = (kind, tuple(fields))
        future: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(lane, []).append((keys, future))
        if lane not in self._running:
            self._running[lane] = asyncio.create_task(self._run(lane))
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError as error:
            raise SlowError("the source did not answer in time") from error

    async def close(self) -> None:
        """Wait for statements in flight."""
        await asyncio.gather(*self._running.values())

    async def _run(self, lane: _Lane) -> None:
        kind, fields = lane
        try:
            while batch := self._take(lane):
                keys = list(dict.fromkeys(key for keys, _ in batch for key in keys))
                try:
                    fetched = await self._fetch_many(kind, keys, fields)
                except SourceError as error:
                    _fail(batch, error)
                except Exception as error:  # noqa: BLE001  # every waiting caller must be told
                    _fail(batch, UnavailableError(f"the source failed ({type(error).__name__})"))
                else:
                    for wanted, future in batch:
                        if not future.done():
                            future.set_result(_select(fetched, wanted))
        finally:
            del self._running[lane]

    def _take(self, lane: _Lane) -> list[tuple[Sequence[str], asyncio.Future[Fetched]]]:
        """The next batch of callers still waiting, up to 10,000 keys."""
        waiting = [item for item in self._waiting.pop(lane, []) if not item[1].done()]
        total = 0
        for at, (keys, _) in enumerate(waiting):
            total += len(keys)
            if total > MAX_KEYS and at:
                self._waiting[lane] = waiting[at:]
                return waiting[:at]
        return waiting


def _select(fetched: Fetched, wanted: Sequence[str]) -> Fetched:
    records = fetched.records
    return Fetched({key: records[key] for key in wanted if key in records}, fetched.as_of)


def _fail(batch: Sequence[tuple[Sequence[str], asyncio.Future[Fetched]]], error: SourceError) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
