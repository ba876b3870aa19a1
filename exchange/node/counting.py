"""Counting of keys that no query can find, by one process of the node for all workers.

Until a database's keys are all reachable, the absence of a record proves nothing. Keys are counted when a source is new
or its description has changed, and then at intervals of 200 times the count's duration, from five minutes to 20 hours;
for a table without rows, after a minute. Drops need no count, since their keys are read when they are indexed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import structlog
from prometheus_client import Gauge

from adapters.errors import SourceError
from adapters.reach import count_keys
from adapters.source import KEYS_UNREACHABLE, Source
from adapters.sql import SqlSource
from exchange.node.counts import VALID_SECONDS, Counts, KeptCount
from exchange.node.sources import Sources

_LOOK_SECONDS = 1.0
_LEAST_SECONDS, _MOST_SECONDS = 300.0, VALID_SECONDS - 4 * 3600.0
_SHARE = 200
"""Counting takes one part in so many of a store's time."""
_AGAIN_SECONDS = 60.0
"""The interval after a count that failed or found no rows."""
_AT_ONCE = 4
_FIRST_SECONDS, _FIRST_LOOK_SECONDS = 5.0, 0.05
_KEYS = Gauge("yici_source_keys", "Rows of a dataset's store.", ["dataset"], multiprocess_mode="mostrecent")
_UNREACHABLE = Gauge(
    "yici_source_keys_unreachable", "Rows of a dataset's store that no question could reach.", ["dataset"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
log = structlog.get_logger(__name__)


async def keep_counts(open_sources: Callable[[], AbstractAsyncContextManager[Sources]], counts: Counts) -> None:
    """Count keys of sources that follow the data folder, until cancelled."""
    while True:
        try:
            async with open_sources() as sources:
                await asyncio.gather(keep_counting(sources.by_dataset, counts), sources.keep_current())
        except Exception as error:  # noqa: BLE001  # without counts, absent records are unknown
            log.error("sources.not_counted", error=type(error).__name__)
        await asyncio.sleep(_AGAIN_SECONDS)


async def keep_counting(sources: Mapping[str, Source], counts: Counts) -> None:
    """Count keys when due, until cancelled."""
    running: dict[str, tuple[SqlSource, asyncio.Task[None]]] = {}
    shown: dict[str, KeptCount] = {}
    slots = asyncio.Semaphore(_AT_ONCE)
    try:
        while True:
            for dataset, source in list(sources.items()):
                if not isinstance(source, SqlSource):
                    continue
                kept = counts.read(dataset, source.shape)
                if kept is not None and kept != shown.get(dataset):
                    _show(dataset, kept, shown.get(dataset))
                    shown[dataset] = kept
                counted, task = running.get(dataset, (None, None))
                if task is None or counted is not source or (task.done() and _is_due(kept)):
                    if task is not None:
                        task.cancel()
                    running[dataset] = source, asyncio.create_task(_count(dataset, source, counts, slots))
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        tasks = [task for _, task in running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_reading(sources: Mapping[str, Source], counts: Counts) -> None:
    """Pass the last count to every source, until cancelled."""
    while True:
        _pass_counts(sources, counts)
        await asyncio.sleep(_LOOK_SECONDS)


async def read_first(sources: Mapping[str, Source], counts: Counts) -> None:
    """Wait for the first count, or failure, of every source, for at most five seconds."""
    deadline = time.monotonic() + _FIRST_SECONDS
    while True:
        if _pass_counts(sources, counts) or time.monotonic() > deadline:
            return
        await asyncio.sleep(_FIRST_LOOK_SECONDS)


def _pass_counts(sources: Mapping[str, Source], counts: Counts) -> bool:
    """Pass the counts to the sources; return whether every source has one."""
    known = True
    for dataset, source in list(sources.items()):
        if isinstance(source, SqlSource):
            kept = counts.read(dataset, source.shape)
            source.incomplete = "" if kept and kept.complete else KEYS_UNREACHABLE
            known = known and kept is not None
    return known


def _is_due(kept: KeptCount | None) -> bool:
    """Return whether there is no count, or it is too old."""
    if kept is None:
        return True
    again = min(max(kept.seconds * _SHARE, _LEAST_SECONDS), _MOST_SECONDS) if kept.total else _AGAIN_SECONDS
    return not 0 <= time.time() - kept.counted_at < again


async def _count(dataset: str, source: SqlSource, counts: Counts, slots: asyncio.Semaphore) -> None:
    """Count until it succeeds; the last count is used meanwhile, until it is too old."""
    while True:
        begun, before = time.time(), time.monotonic()
        found = None
        try:
            async with slots:
                found = await count_keys(source)
        except SourceError as error:
            log.warning("source.keys_not_counted", dataset=dataset, error=str(error))
        except Exception as error:  # noqa: BLE001  # whatever the error, the other sources are counted
            log.error("source.keys_not_counted", dataset=dataset, error=type(error).__name__)
        seconds = round(time.monotonic() - before, 3)
        kept = KeptCount(source.shape, begun)
        if found is not None:
            kept = KeptCount(source.shape, begun, found.total, found.unreachable, seconds)
            log.debug("source.keys_counted", dataset=dataset, seconds=seconds)
        try:
            if found is not None or counts.read(dataset, source.shape) is None:
                counts.write(dataset, kept)
        except OSError as error:
            log.error("source.keys_not_kept", dataset=dataset, error=type(error).__name__)
            found = None
        if found is not None:
            return
        await asyncio.sleep(_AGAIN_SECONDS)


def _show(dataset: str, kept: KeptCount, former: KeptCount | None) -> None:
    if kept.total is None:
        return
    _KEYS.labels(dataset).set(kept.total)
    _UNREACHABLE.labels(dataset).set(kept.unreachable)
    if former is None or former.total is None or former.unreachable != kept.unreachable:
        tell = log.warning if kept.unreachable else log.info
        tell("source.keys", dataset=dataset, total=kept.total, unreachable=kept.unreachable)
