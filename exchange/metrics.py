"""Prometheus metrics of all processes of a node, without personal data in labels.

A call only adds to plain counters, which are moved to the shared metrics once a second. So a call costs a microsecond
instead of ten.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import structlog
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Gauge

from registry.ledger.group_commit import Tally

T = TypeVar("T")
_BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_FLUSH_SECONDS = 1.0

_CALLS = PrometheusCounter(
    "yici_calls", "Calls, and refused items of batches, by method and outcome.", ["method", "outcome"]
)
_SECONDS = PrometheusCounter("yici_call_seconds", "Time from request to response, summed.", ["method"])
_WITHIN = PrometheusCounter(
    "yici_calls_within", "Calls answered within a bound (seconds), cumulative.", ["method", "le"]
)
_MALFORMED = PrometheusCounter(
    "yici_source_malformed", "Subjects whose record does not fit its description.", ["dataset", "field"]
)
_COMMITS = PrometheusCounter("yici_ledger_commits", "Commits of the ledger by outcome.", ["outcome"])
_ENTRIES = PrometheusCounter("yici_ledger_entries", "Entries on the record.")
_COMMIT_SECONDS = PrometheusCounter("yici_ledger_commit_seconds", "Time of commits, failed ones too, summed.")
_IN_DOUBT = Gauge(
    "yici_register_in_doubt", "1 while a worker has its register in doubt, and answers nothing.",
    multiprocess_mode="livemax",
)  # fmt: skip
log = structlog.get_logger(__name__)

_counts: Counter[tuple[str, str]] = Counter()
_seconds: Counter[str] = Counter()
_buckets: Counter[tuple[str, int]] = Counter()


def count(method: str, outcome: str, seconds: float) -> None:
    """Count one call."""
    _counts[method, outcome] += 1
    _seconds[method] += seconds  # type: ignore[assignment]  # counters may have floats
    _buckets[method, bisect_left(_BOUNDS, seconds)] += 1


def count_malformed(dataset: str, malformed: Mapping[str, str]) -> None:
    """Count malformed records by subject, given what is wrong with each as "field: rule"."""
    for what in malformed.values():
        _MALFORMED.labels(dataset, what.partition(":")[0]).inc()


def flush() -> None:
    """Move the counts to the shared metrics."""
    for (method, outcome), number in _drain(_counts):
        _CALLS.labels(method, outcome).inc(number)
    for name, seconds in _drain(_seconds):
        _SECONDS.labels(name).inc(seconds)
    for (method, at), number in _drain(_buckets):
        for bound in (*_BOUNDS[at:], float("inf")):
            _WITHIN.labels(method, f"{bound:g}").inc(number)


def flush_tally(tally: Tally) -> None:
    """Move a ledger's counts to the shared metrics."""
    _COMMITS.labels("OK").inc(tally.commits)
    _COMMITS.labels("FAILED").inc(tally.failed)
    _ENTRIES.inc(tally.entries)
    _COMMIT_SECONDS.inc(tally.seconds)


def tell_doubt(*, in_doubt: bool) -> None:
    """Set whether this worker's registers are in doubt; ``/health`` reads it."""
    with suppress(OSError):  # a full disk must not prevent the next reading of the registers
        _IN_DOUBT.set(in_doubt)


async def keep_flushing(move: Callable[[], None] = flush) -> None:
    """Flush once a second until cancelled; unwritable counts are lost."""
    while True:
        await asyncio.sleep(_FLUSH_SECONDS)
        try:
            move()
        except OSError as error:
            log.error("metrics.not_written", error=type(error).__name__)


def _drain(counter: Counter[T]) -> list[tuple[T, int]]:
    items = list(counter.items())
    counter.clear()
    return items
