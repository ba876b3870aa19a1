"""Counting keys that no question could reach: one process of the node counts, and its workers read what it found.

Until a database's keys are all within reach, the absence of a record in it proves nothing. A count is made when a
source is new or described otherwise, and daily. A drop needs none: each of its keys is read when it is indexed.
"""

import asyncio
import time
from collections.abc import Mapping

import structlog
from prometheus_client import Gauge

from adapters.errors import SourceError
from adapters.reach import count_keys
from adapters.source import KEYS_UNREACHABLE, Source
from adapters.sql import SqlSource
from exchange.counts import VALID_SECONDS, Counts, KeptCount

_LOOK_SECONDS = 1.0
_DUE_SECONDS = VALID_SECONDS - 4 * 3600.0
_AGAIN_SECONDS = 60.0
"""From a count that failed to the next."""
_AT_ONCE = 4
_FIRST_SECONDS, _FIRST_LOOK_SECONDS = 5.0, 0.05
_KEYS = Gauge("yici_source_keys", "Rows of a dataset's store.", ["dataset"], multiprocess_mode="mostrecent")
_UNREACHABLE = Gauge(
    "yici_source_keys_unreachable", "Rows of a dataset's store that no question could reach.", ["dataset"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
log = structlog.get_logger(__name__)


async def keep_counting(sources: Mapping[str, Source], counts: Counts) -> None:
    """Count what is due, until cancelled."""
    running: dict[str, asyncio.Task[None]] = {}
    shown: dict[str, KeptCount] = {}
    slots, counted = asyncio.Semaphore(_AT_ONCE), dict[str, str]()
    try:
        while True:
            for dataset, source in list(sources.items()):
                if not isinstance(source, SqlSource):
                    continue
                kept = counts.read(dataset, source.shape)
                if kept is not None and kept != shown.get(dataset):
                    _show(dataset, kept, shown.get(dataset))
                    shown[dataset] = kept
                due = counted.get(dataset) != source.shape or _is_due(kept)
                if due and (dataset not in running or running[dataset].done()):
                    counted[dataset] = source.shape
                    running[dataset] = asyncio.create_task(_count(dataset, source, counts, slots))
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def keep_reading(sources: Mapping[str, Source], counts: Counts) -> None:
    """Tell every source what its last count says, until cancelled."""
    while True:
        _tell(sources, counts)
        await asyncio.sleep(_LOOK_SECONDS)


async def read_first(sources: Mapping[str, Source], counts: Counts) -> None:
    """Wait until every source has been counted, or could not be; for five seconds at most."""
    deadline = time.monotonic() + _FIRST_SECONDS
    while True:
        if _tell(sources, counts) or time.monotonic() > deadline:
            return
        await asyncio.sleep(_FIRST_LOOK_SECONDS)


def _tell(sources: Mapping[str, Source], counts: Counts) -> bool:
    """Whether there is a count of every source."""
    known = True
    for dataset, source in list(sources.items()):
        if isinstance(source, SqlSource):
            kept = counts.read(dataset, source.shape)
            source.incomplete = "" if kept and kept.complete else KEYS_UNREACHABLE
            known = known and kept is not None
    return known


def _is_due(kept: KeptCount | None) -> bool:
    """Whether there is no count, or it is too old."""
    if kept is None:
        return True
    age = time.time() - kept.counted_at
    return not 0 <= age < (_AGAIN_SECONDS if kept.total is None else _DUE_SECONDS)


async def _count(dataset: str, source: SqlSource, counts: Counts, slots: asyncio.Semaphore) -> None:
    async with slots:
        begun = time.monotonic()
        try:
            found = await count_keys(source)
        except SourceError as error:
            log.warning("source.keys_not_counted", dataset=dataset, error=str(error))
            found = None
        except Exception as error:  # noqa: BLE001  # whatever a source does, the others are counted
            log.error("source.keys_not_counted", dataset=dataset, error=type(error).__name__)
            found = None
    kept = counts.read(dataset, source.shape)
    if found is not None:
        kept = KeptCount(source.shape, time.time(), found.total, found.unreachable)
        log.debug("source.keys_counted", dataset=dataset, seconds=round(time.monotonic() - begun, 1))
    elif kept is None or kept.total is None:
        kept = KeptCount(source.shape, time.time())
    else:
        await asyncio.sleep(_AGAIN_SECONDS)  # the last count holds until it is too old
        return
    try:
        counts.write(dataset, kept)
    except OSError as error:
        log.error("source.keys_not_kept", dataset=dataset, error=type(error).__name__)
        await asyncio.sleep(_AGAIN_SECONDS)


def _show(dataset: str, kept: KeptCount, former: KeptCount | None) -> None:
    if kept.total is None:
        return
    _KEYS.labels(dataset).set(kept.total)
    _UNREACHABLE.labels(dataset).set(kept.unreachable)
    if former is None or former.total is None or former.unreachable != kept.unreachable:
        tell = log.warning if kept.unreachable else log.info
        tell("source.keys", dataset=dataset, total=kept.total, unreachable=kept.unreachable)
