"""Who is late, by agency and clock, from a log that is read over HTTP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from keys.clocks import Clock, fold
from keys.leaf.reading import LeafContent, read_leaf
from keys.workdays.calendar import Calendar

_HAS_CLOCK = b'"clock":"'  # not within a text of a leaf: quotes are escaped there


@dataclass(frozen=True, slots=True)
class Lateness:
    """How many clocks of an agency run and ran, how many of them late, and the worst, in days or hours."""

    agency: str
    limit: str
    unit: str
    running: int
    late: int
    ended: int
    ended_late: int
    worst: int


def read_steps(leaves: Iterable[bytes]) -> tuple[list[LeafContent], datetime | None]:
    """Return the entries that step a clock, and the time of the last entry; raises as ``read_leaf``."""
    steps, leaf = [], b""
    for leaf in leaves:
        if _HAS_CLOCK in leaf:
            steps.append(read_leaf(leaf))
    return steps, read_leaf(leaf).at if leaf else None


def lateness(steps: Iterable[LeafContent], calendar: Calendar, now: datetime) -> list[Lateness]:
    """Return a line for each agency and clock; raises as ``fold`` and ``Clock.overdue``."""
    groups: dict[tuple[str, str, str], list[Clock]] = {}
    for clock in fold(steps):
        groups.setdefault((clock.agency, clock.limit, "hours" if clock.hours else "days"), []).append(clock)
    return [_line(*key, groups[key], calendar, now) for key in sorted(groups)]


def _line(agency: str, limit: str, unit: str, clocks: Sequence[Clock], calendar: Calendar, now: datetime) -> Lateness:
    running = [clock.overdue(calendar, now) for clock in clocks if not clock.ended]
    ended = [clock.overdue(calendar, now) for clock in clocks if clock.ended]
    late, ended_late = (sum(map(bool, over)) for over in (running, ended))
    return Lateness(agency, limit, unit, len(running), late, len(ended), ended_late, max(running + ended))
