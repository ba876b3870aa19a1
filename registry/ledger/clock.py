"""The ledger's clock, by which no entry is earlier than its predecessor.

An entry's time is the time of its append. If the clock is up to two seconds behind the last entry, because it was set
or is another machine's, the last entry's time is used. Beyond that, the clock or the ledger is wrong, and only an
operator can decide which. Nothing is recorded until the clock is corrected, or the operator confirms it by an entry,
whose kind is the only one that may be earlier than its predecessor.
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
"""The kind of the entry by which an operator confirms the clock, so that the ledger was ahead of it."""

Now = Callable[[], datetime]
"""A clock, which returns the present time in UTC."""


def utc_now() -> datetime:
    """Return the time of this machine's clock."""
    return datetime.now(UTC)


def time_after(last: datetime | None, now: datetime) -> datetime:
    """Return the time of the entry after one of time ``last``.

    Raises:
        LedgerClockError: the clock is behind ``last`` by more than two seconds.
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
    """Return whether the clock is in doubt, since it is too far behind the last entry."""
    return last is not None and last - now > TOLERANCE


def confirmation(last: datetime, opening: Opening, known_by: str) -> Entry:
    """Return the entry by which an operator confirms the clock although the last entry is ahead of it."""
    return Entry(ClockFacts(KIND, "permit", "CLOCK_CONFIRMED", time_text(last), known_by), opening)


def explains(leaf: Mapping[str, Any], last: datetime) -> bool:
    """Return whether an entry before its predecessor is an operator's confirmation of exactly that."""
    return leaf.get("kind") == KIND and leaf.get("ahead") == time_text(last)
