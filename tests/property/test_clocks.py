"""Property tests of clocks against a third party's calendar, day by day."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from keys.clocks import CHINA, Clock, Pause
from keys.workdays.calendar import Calendar

CALENDAR = Calendar()
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
MINUTES = int((datetime(2026, 6, 1, tzinfo=UTC) - BEGIN) / timedelta(minutes=1))


@st.composite
def clocks(draw: st.DrawFn, *, hours: bool) -> tuple[Clock, datetime]:
    """Draw a clock with pauses, of which the last may last, and a later time."""
    moments = st.lists(st.integers(0, 60 * 24 * 20), min_size=1, max_size=7)
    at, times = BEGIN + timedelta(minutes=draw(st.integers(0, MINUTES - 60 * 24 * 140))), []
    for minutes in draw(moments):
        at += timedelta(minutes=minutes)
        times.append(at)
    start, *steps = times
    ends: list[datetime | None] = [*steps[1::2], *[None] * (len(steps) % 2)]
    pauses = tuple(map(Pause, steps[::2], ends))
    length = draw(st.integers(1, 30))
    clock = Clock("ap-1", "a", "review", start, 0 if hours else length, length if hours else 0, pauses)
    return clock, at + timedelta(minutes=draw(st.integers(0, 60 * 24 * 40)))


@given(clocks(hours=False))
def test_a_count_of_days_agrees_with_a_third_partys_calendar(drawn: tuple[Clock, datetime]) -> None:
    clock, now = drawn
    day, today, counted = clock.started.astimezone(CHINA).date(), now.astimezone(CHINA).date(), 0
    while (day := day + timedelta(1)) < today:
        begin = datetime(day.year, day.month, day.day, tzinfo=CHINA)
        ran = all(
            pause.since >= begin + timedelta(1) or (pause.until is not None and pause.until < begin)
            for pause in clock.pauses
        )
        counted += ran and chinese_calendar.is_workday(day)
    assert (clock.overdue(CALENDAR, now) > 0) is (counted >= clock.days)


@given(clocks(hours=False) | clocks(hours=True))
def test_a_clock_is_late_from_when_it_is_due(drawn: tuple[Clock, datetime]) -> None:
    clock, now = drawn
    due = clock.due(CALENDAR)
    assert (clock.overdue(CALENDAR, now) > 0) is (due is not None and due <= now)


@given(st.dates(date(2020, 1, 1), date(2026, 6, 1)), st.integers(1, 100))
def test_the_last_of_so_many_working_days_is_that_of_a_third_party(start: date, days: int) -> None:
    last = CALENDAR.after(start, days)
    assert chinese_calendar.is_workday(last)
    assert len(chinese_calendar.get_workdays(start + timedelta(1), last)) == days
