"""The ledger's clock: no entry is before the one that precedes it.

An entry's time is the time at which it is appended. A clock that is up to two seconds behind the last entry was set, or
is that of another machine: the former time is kept. Beyond that either the clock or the ledger is wrong, and which of
them only an operator can tell. Nothing is recorded until the clock is put right, or the operator says that it is right
now: in an entry of its own, the only kind that may be before its predecessor.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from keys.leaf.facts import ClockFacts
from keys.leaf.writing import time_text
from registry.errors import LedgerClockError
from registry.ledger.leaf import Entry, Opening

TOLERANCE = timedelta(seconds=2)
KIND = "ledger.clock"
"""The kind of entry by which an operator says that the clock is right and that the ledger was ahead of it."""

Now = Callable[[], datetime]
"""A clock: the present time, in UTC."""


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def time_after(last: datetime | None, now: datetime) -> datetime:
    """The time of the entry that follows one of ``last``.

    Raises:
        LedgerClockError: the clock is behind it by more than two seconds.
    """
    if last is None or now >= last:
        return now
    if is_behind(last, now):
        behind = timedelta(seconds=round((last - now).total_seconds()))
        raise LedgerClockError(
            f"ledger: the clock is {behind} behind the last entry, so one of them is wrong; "
            "nothing is recorded until the clock is right or an operator has confirmed it (yici ledger clock)"
        )
    return last


def is_behind(last: datetime | None, now: datetime) -> bool:
    """Whether the clock is so far behind the last entry that it is in doubt."""
    return last is not None and last - now > TOLERANCE


def confirmation(last: datetime, operator: str, why: str) -> Entry:
    """The entry by which an operator confirms the clock although the last entry is ahead of it."""
    facts = ClockFacts(KIND, "permit", "CLOCK_CONFIRMED", time_text(last))
    return Entry(facts, Opening(officer=operator, request=why))


def explains(leaf: Mapping[str, Any], last: datetime) -> bool:
    """Whether an entry that is before its predecessor is an operator's word on just that."""
    return leaf.get("kind") == KIND and leaf.get("ahead") == time_text(last)
