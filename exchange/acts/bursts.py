"""Bursts of refusals share one entry with a count, so that no system can fill the ledger.

A caller's first refusal is recorded at once and opens a burst. Further ones are counted, and after each interval
their number is recorded in one entry (``BurstFacts``). A burst ends with the first interval without a refusal. A
counted refusal is returned to the caller at once. A killed process loses the count of its open interval, but not the
burst's first entry. If the ledger does not accept a count, the count is kept, and refusals are recorded one by one:
their callers get the error that the ledger is not available.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from exchange.acts.refusals import Reason
from keys.leaf.facts import BurstFacts, LeafFacts
from registry.errors import LedgerError
from registry.ledger.leaf import Entry
from registry.ledger.recorder import Recorder

INTERVAL_SECONDS = 10.0
SHARED = frozenset({Reason.RATE_EXCEEDED})
"""Reasons whose refusals share an entry, since the request was not examined."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Burst:
    facts: BurstFacts
    count: int = 0
    unwritten: bool = False


class Bursts:
    """The bursts of one process, by caller and reason."""

    def __init__(self, ledger: Recorder, seconds: float = INTERVAL_SECONDS) -> None:
        self._ledger = ledger
        self._seconds = seconds
        self._open: dict[tuple[str, str], _Burst] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None]] = set()

    async def record(self, caller: str, reason: Reason, make: Callable[[], Entry]) -> None:
        """Record a refusal, or count it if the caller has an open burst; ``make`` creates its entry.

        Raises:
            LedgerError: it is not recorded, and will not be.
        """
        key = caller, reason.name
        burst = self._open.get(key)
        if burst is not None and not burst.unwritten:
            burst.count += 1
            return
        entry = make()
        if burst is None:
            self._open[key] = burst = _Burst(_burst_of(entry.facts))
            task = asyncio.create_task(self._follow(key, burst))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._ledger.record(entry)
        except LedgerError:
            burst.unwritten = True
            raise

    async def close(self) -> None:
        """Record the counts of the open intervals."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._writing)  # a count in flight is recorded, or kept to be recorded again
        for burst in self._open.values():
            await self._write(burst)
        self._open.clear()

    async def _follow(self, key: tuple[str, str], burst: _Burst) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            if not burst.count:
                del self._open[key]
                return
            writing = asyncio.create_task(self._write(burst))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
            await asyncio.shield(writing)

    async def _write(self, burst: _Burst) -> None:
        count, burst.count = burst.count, 0
        if not count:
            return
        try:
            await self._ledger.record(Entry(burst.facts._replace(refusals=count)))
            burst.unwritten = False
        except LedgerError:
            burst.count += count
            burst.unwritten = True
            log.warning("burst.not_recorded", count=count)


def _burst_of(facts: LeafFacts) -> BurstFacts:
    """Return the identity of a burst: the caller and the reason of the first refusal."""
    agency, system = getattr(facts, "agency", ""), getattr(facts, "system", "")
    return BurstFacts("call.burst", facts.decision, facts.reason, agency, system)
