"""Clocks of acts that agencies owe, from the public leaves alone: who is late, and by how much.

An entry starts, pauses, resumes or stops the clock of its object. A day counts if it is a working day and the clock
runs through all of it: the days on which the clock starts, pauses or resumes do not count. The clock of ``days`` is due
at the end of the last of so many days, in China. The clock of ``hours`` runs at all times except when it is paused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice

from keys.errors import InvalidError
from keys.leaf.facts import ActFacts
from keys.leaf.reading import LeafContent
from keys.workdays.calendar import Calendar

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Clock time in China since 1992."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time during which a clock does not run; without an end it still lasts."""

    since: datetime
    until: datetime | None = None

    def has(self, day: date) -> bool:
        """Return whether a day in China is touched by the pause."""
        return _day(self.since) <= day and (self.until is None or day <= _day(self.until))


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock: the ``agency`` has to act on the ``object`` within so many working ``days``, or ``hours``."""

    object: str
    agency: str
    limit: str
    started: datetime
    days: int = 0
    hours: int = 0
    pauses: tuple[Pause, ...] = ()
    ended: datetime | None = None

    @property
    def paused(self) -> bool:
        """Whether the clock is paused."""
        return bool(self.pauses) and self.pauses[-1].until is None

    def pause(self, at: datetime) -> "Clock":
        """Return the clock, paused."""
        return replace(self, pauses=(*self.pauses, Pause(at)))

    def resume(self, at: datetime) -> "Clock":
        """Return the clock, running again."""
        return replace(self, pauses=(*self.pauses[:-1], replace(self.pauses[-1], until=at)))

    def end(self, at: datetime) -> "Clock":
        """Return the clock, ended."""
        return replace(self, ended=at)

    def due(self, calendar: Calendar) -> datetime | None:
        """Return when the clock is due; None if it is paused before.

        Raises:
            UnknownYearError: it is due in a year whose holidays are not known.
        """
        if self.hours:
            return self._due_hour()
        until = _day(self.pauses[-1].since) if self.paused else date.max
        day = next(islice(self._counted(calendar, until), self.days - 1, None), None)
        return None if day is None else datetime.combine(day + _DAY, time(), CHINA)

    def overdue(self, calendar: Calendar, now: datetime) -> int:
        """Return by how many working days or hours, begun ones too, the clock is late; 0 if it is not.

        Raises:
            UnknownYearError: it has run into a year whose holidays are not known.
        """
        at = self.ended or now
        if self.hours:
            due = self._due_hour()
            return (at - due) // _HOUR + 1 if due and due <= at else 0
        today = _day(at)
        counted = [*self._counted(calendar, today)]
        whole = len(counted) - (today in counted[-1:])
        return max(1, len(counted) - self.days) if whole >= self.days else 0

    def _counted(self, calendar: Calendar, until: date) -> Iterator[date]:
        """Yield the days that count, up to and including a day."""
        days = calendar.workdays_after(_day(self.started), until)
        return (day for day in days if not any(pause.has(day) for pause in self.pauses))

    def _due_hour(self) -> datetime | None:
        due = self.started + self.hours * _HOUR
        for pause in self.pauses:
            if pause.since >= due:
                break
            if pause.until is None:
                return None
            due += pause.until - pause.since
        return due


def fold(leaves: Iterable[LeafContent]) -> list[Clock]:
    """Return the clocks of a log's entries in order; a start ends the object's running clock.

    Raises:
        InvalidError: an entry names a step that the object's clock cannot take.
    """
    ended: list[Clock] = []
    running: dict[str, Clock] = {}
    for leaf in leaves:
        facts = leaf.facts
        if not isinstance(facts, ActFacts) or not facts.clock:
            continue
        before = running.pop(facts.object, None)
        after = _stepped(before, facts, leaf.at)
        if before and facts.clock == "start":
            ended.append(before.end(leaf.at))
        if after.ended:
            ended.append(after)
        else:
            running[facts.object] = after
    return [*ended, *running.values()]


def _stepped(clock: Clock | None, facts: ActFacts, at: datetime) -> Clock:
    match facts.clock:
        case "start" if facts.object and facts.source and facts.limit and bool(facts.days) is not bool(facts.hours):
            return Clock(facts.object, facts.source, facts.limit, at, facts.days, facts.hours)
        case "pause" if clock and not clock.paused:
            return clock.pause(at)
        case "resume" if clock and clock.paused:
            return clock.resume(at)
        case "stop" if clock:
            return clock.end(at)
    raise InvalidError(f"clock of {facts.object!r}: cannot {facts.clock} by {facts.kind}")


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
