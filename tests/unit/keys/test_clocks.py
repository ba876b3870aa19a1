"""Tests of clocks: working days, hours, pauses, and clocks folded from leaves."""

from datetime import datetime
from typing import Any

import pytest

from keys.clocks import Clock, fold
from keys.errors import InvalidError, UnknownYearError
from keys.leaf.reading import LeafContent
from keys.workdays.calendar import Calendar
from tests.support.clocks import OTHER, SOURCE, at, content

CALENDAR = Calendar()


def one(*leaves: LeafContent) -> Clock:
    [clock] = fold(leaves)
    return clock


def due(clock: Clock) -> datetime | None:
    return clock.due(CALENDAR)


def test_a_clock_of_working_days_is_due_at_the_end_of_the_last_in_china() -> None:
    clock = one(content("2026-03-02", "start", days=2))
    assert due(clock) == at("2026-03-05T00:00")
    assert (clock.object, clock.agency, clock.limit) == ("ap-1", SOURCE, "review")


def test_the_day_of_the_start_is_that_of_china() -> None:
    assert due(one(content("2026-03-02T00:30", "start", days=1))) == at("2026-03-04T00:00")


def test_days_that_a_pause_touches_do_not_count() -> None:
    steps = [
        content("2026-03-02", "start", days=3),
        content("2026-03-04", "pause"),
        content("2026-03-09", "resume"),
    ]
    assert due(one(*steps[:2])) is None
    assert due(one(*steps)) == at("2026-03-12T00:00")


def test_a_clock_paused_on_its_last_day_is_not_late() -> None:
    asked = [content("2026-03-02", "start", days=1), content("2026-03-03T23:59", "pause")]
    assert one(*asked).overdue(CALENDAR, at("2026-06-01")) == 0
    assert due(one(*asked, content("2026-03-05", "resume"))) == at("2026-03-07T00:00")


def test_a_clock_paused_after_its_end_stays_late() -> None:
    asked = one(content("2026-03-02", "start", days=1), content("2026-03-05", "pause"))
    assert due(asked) == at("2026-03-04T00:00")
    assert asked.overdue(CALENDAR, at("2026-06-01")) == 1


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-03-04T23:59", 0),
        ("2026-03-05T00:00", 1),
        ("2026-03-06T12:00", 2),
        ("2026-03-07T12:00", 2),
        ("2026-03-09T12:00", 3),
    ],
)
def test_lateness_counts_begun_working_days(now: str, days: int) -> None:
    assert one(content("2026-03-02", "start", days=2)).overdue(CALENDAR, at(now)) == days


def test_a_clock_that_ends_on_a_weekend_after_its_end_is_a_day_late() -> None:
    clock = one(content("2026-03-02", "start", days=4), content("2026-03-07", "stop"))
    assert (due(clock), clock.overdue(CALENDAR, at("2027-01-01"))) == (at("2026-03-07T00:00"), 1)


def test_a_stopped_clock_is_judged_at_its_stop() -> None:
    for stop, over in (("2026-03-04T23:59", 0), ("2026-03-06", 2)):
        clock = one(content("2026-03-02", "start", days=2), content(stop, "stop"))
        assert clock.overdue(CALENDAR, at("2026-12-01")) == over


@pytest.mark.parametrize(("now", "hours"), [("2026-03-03T11:59", 0), ("2026-03-03T12:00", 1), ("2026-03-03T14:30", 3)])
def test_a_clock_of_hours_runs_at_night_and_on_holidays(now: str, hours: int) -> None:
    clock = one(content("2026-03-02", "start", hours=24))
    assert due(clock) == at("2026-03-03T12:00")
    assert clock.overdue(CALENDAR, at(now)) == hours


def test_a_clock_of_hours_does_not_run_in_a_pause() -> None:
    steps = [content("2026-03-02", "start", hours=24), content("2026-03-02T22:00", "pause")]
    assert due(one(*steps)) is None
    assert one(*steps).overdue(CALENDAR, at("2026-06-01")) == 0
    resumed = one(*steps, content("2026-03-04T22:00", "resume"))
    assert due(resumed) == at("2026-03-05T12:00")
    late = one(steps[0], content("2026-03-05", "pause"))
    assert (due(late), late.overdue(CALENDAR, at("2026-03-05"))) == (at("2026-03-03T12:00"), 49)


def test_a_start_ends_the_clock_that_runs_for_the_object() -> None:
    found = fold(
        [
            content("2026-03-02", "start", days=1),
            content("2026-03-02", "start", object="ap-2", source=OTHER),
            content("2026-03-02", "start", limit="share", days=20),
        ]
    )
    assert [(clock.object, clock.limit, clock.agency, clock.ended) for clock in found] == [
        ("ap-1", "review", SOURCE, at("2026-03-02")),
        ("ap-2", "review", OTHER, None),
        ("ap-1", "share", SOURCE, None),
    ]


@pytest.mark.parametrize(
    "steps",
    [
        [("pause", {})],
        [("resume", {})],
        [("stop", {})],
        [("start", {}), ("resume", {})],
        [("start", {}), ("pause", {}), ("pause", {})],
        [("start", {}), ("stop", {}), ("stop", {})],
        [("start", {}), ("pause", {"object": "ap-2"})],
        [("start", {"source": ""})],
        [("start", {"object": ""})],
        [("start", {"limit": ""})],
        [("start", {"days": 0})],
        [("start", {"days": 1, "hours": 1})],
    ],
)
def test_a_step_that_the_clock_cannot_take_is_refused(steps: list[tuple[str, dict[str, Any]]]) -> None:
    with pytest.raises(InvalidError, match=r"clock of .*: cannot"):
        fold([content("2026-03-02", kind, **facts) for kind, facts in steps])


def test_a_clock_needs_no_holidays_of_years_that_it_has_not_reached() -> None:
    clock = one(content("2026-12-25", "start", days=10))
    assert clock.overdue(CALENDAR, at("2026-12-31T23:59")) == 0
    with pytest.raises(UnknownYearError):
        clock.overdue(CALENDAR, at("2027-01-01T00:00"))
    with pytest.raises(UnknownYearError):
        due(clock)
