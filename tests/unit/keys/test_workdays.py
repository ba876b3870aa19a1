"""Tests of working days: the shipped holidays, and years whose holidays are not known."""

from datetime import date, timedelta
from typing import Any

import chinese_calendar
import orjson
import pytest

from keys.errors import MalformedError, UnknownYearError
from keys.workdays.calendar import Calendar
from keys.workdays.year import Year, parse_years, shipped

BY_LAW = ("2027-01-01", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03")


def test_the_shipped_working_days_are_those_of_the_notices() -> None:
    days = [date(2020, 1, 1) + timedelta(day) for day in range((date(2027, 1, 1) - date(2020, 1, 1)).days)]
    wrong = [day for day in days if Calendar().is_workday(day) is not chinese_calendar.is_workday(day)]
    assert {*shipped()} == set(range(2020, 2027))
    assert not wrong


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2026-03-02", 1, "2026-03-03"),
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 20, "2026-11-03"),
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
def test_day_one_is_the_first_working_day_after_the_start(start: str, days: int, last: str) -> None:
    assert Calendar().after(date.fromisoformat(start), days) == date.fromisoformat(last)


def test_a_count_into_an_unknown_year_fails() -> None:
    assert Calendar().after(date(2026, 12, 30), 1) == date(2026, 12, 31)
    with pytest.raises(UnknownYearError, match="holidays 2027: not known"):
        Calendar().after(date(2026, 12, 30), 2)


def test_a_gap_between_known_years_fails() -> None:
    known = Calendar({year: shipped()[year] for year in (2024, 2026)})
    with pytest.raises(UnknownYearError, match="2025"):
        known.after(date(2024, 12, 30), 300)


def test_a_table_replaces_the_one_of_its_year() -> None:
    first = Calendar().replaced([Year.of(2027, [*BY_LAW, "2027-01-04"], ["2027-01-02"])])
    second = first.replaced([Year.of(2027, BY_LAW, [])])
    assert [calendar.after(date(2026, 12, 31), 2) for calendar in (first, second)] == [date(2027, 1, 5)] * 2
    assert [calendar.is_workday(date(2027, 1, 2)) for calendar in (first, second)] == [True, False]


@pytest.mark.parametrize(
    ("holidays", "workdays", "rule"),
    [
        (BY_LAW[1:], (), "1-1 is missing"),
        (BY_LAW[:3], (), "10-2 is missing"),
        ((*BY_LAW, "2026-02-01"), (), "a day is of another year"),
        (BY_LAW, ("2027-05-01",), "both a holiday and a working day"),
        (BY_LAW, ("2027-01-04",), "workdays must be Saturdays and Sundays"),
        ((*BY_LAW, "2027-02-30"), (), "holidays must be days, YYYY-MM-DD"),
        ((*BY_LAW, "20270201"), (), "holidays must be different days, YYYY-MM-DD"),
        ((*BY_LAW, BY_LAW[0]), (), "holidays must be different days"),
        (BY_LAW, (1,), "workdays must be days"),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused(holidays: Any, workdays: Any, rule: str) -> None:
    with pytest.raises(MalformedError, match=f"holidays 2027: .*{rule}"):
        Year.of(2027, holidays, workdays)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b'{"27": {"holidays": [], "workdays": [], "source": ""}}',
        b'{"2027": {"holidays": [], "workdays": []}}',
        b'{"2027": {"holidays": {}, "workdays": [], "source": ""}}',
        b'{"2027": {"holidays": [], "workdays": "", "source": ""}}',
        b'{"2027": {"holidays": [], "workdays": [], "source": 1}}',
        b'{"2027": []}',
    ],
)
def test_a_file_of_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match=r"^holidays: "):
        parse_years(data)


def test_a_file_of_tables_is_read() -> None:
    table = {"holidays": [*BY_LAW], "workdays": [], "source": "notice"}
    assert parse_years(orjson.dumps({"2027": table})) == {2027: Year.of(2027, BY_LAW, (), "notice")}
