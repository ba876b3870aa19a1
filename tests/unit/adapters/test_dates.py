"""Tests of dates: neither a century nor the order of day and month is guessed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.dates import Spelling, date_reader
from registry.china import CHINA

NAMED = Spelling(no_end=("infinity", "0000-00-00", "9999-12-31", "长期", "永久"))
READ = [
    (Spelling(), "2018-05-03", "2018-05-03"), (Spelling(), "2018/5/3", "2018-05-03"), (Spelling(), "2018.5.3", "2018-05-03"),
    (Spelling(), "2018年5月3日", "2018-05-03"), (Spelling(), "２０１８年０５月０３日", "2018-05-03"),
    (Spelling(), "二〇一八年五月三日", "2018-05-03"), (Spelling(), "二零一八年十月二十三日", "2018-10-23"),
    (Spelling(), "二○一八年十二月三十一日", "2018-12-31"), (Spelling(), "二〇〇〇年一月十日", "2000-01-10"),
    (Spelling(), "2018-05-03 00:00:00", "2018-05-03"), (Spelling(), "2018/5/3 0:00", "2018-05-03"),
    (Spelling(), "2018-05-22T16:00:00Z", "2018-05-23"), (Spelling(), "2018-05-22T23:30:00", "2018-05-22"),
    (Spelling(), "1988-06-30T15:00:00.000+00:00", "1988-07-01"), (Spelling(), "2018-05-23 01:00:00+0900", "2018-05-23"),
    (Spelling(), "1900-12-31 00:00:00+08:05:43", "1900-12-31"), (Spelling(), "1900-12-30T16:00:00Z", "1900-12-31"),
    (Spelling(), datetime(1988, 6, 30, 15, tzinfo=UTC), "1988-07-01"), (Spelling(), date(2018, 5, 3), "2018-05-03"),
    (Spelling(("%Y%m%d%H%M%S",)), "20180503123000", "2018-05-03"), (Spelling(("%Y-%m-%dT%H:%M:%S%z",)), "2018-05-22T16:00:00Z", "2018-05-23"),
    (Spelling(("%Y%m%dT%H%M%S%z",)), "20180522T160000Z", "2018-05-23"), (Spelling(("%m%d/%Y",)), "0111/2018", "2018-01-11"),
    (Spelling(("%d/%m/%Y", "%Y%m%d")), "03/05/2018", "2018-05-03"), (Spelling(("%d/%m/%Y", "%Y%m%d")), "20180503", "2018-05-03"),
    (Spelling(("%y-%m-%d",), pivot=30), "29-05-03", "2029-05-03"), (Spelling(("%y-%m-%d",), pivot=30), "30-05-03", "1930-05-03"),
    (Spelling(("year_first", "%Y%m%d", "excel")), "2018.5.3", "2018-05-03"), (Spelling(("year_first", "%Y%m%d", "excel")), 20180503, "2018-05-03"),
    (Spelling(("year_first", "%Y%m%d", "excel")), 43223, "2018-05-03"),
    (Spelling(("excel",)), 43223, "2018-05-03"), (Spelling(("excel",)), "43223.75", "2018-05-03"), (Spelling(("excel",)), 59, "1900-02-28"),
    (Spelling(("excel",)), 61, "1900-03-01"), (Spelling(("epoch_ms",)), 1527004800000, "2018-05-23"),
    (Spelling(("epoch_s",)), "-1", "1970-01-01"), (Spelling(("epoch_ms",)), 583686000000, "1988-07-01"),
    (NAMED, "长期", "9999-12-31"), (NAMED, "infinity", "9999-12-31"), (NAMED, "0000-00-00", "9999-12-31"),
    (NAMED, date.max, "9999-12-31"), (NAMED, "9999/12/31", "9999-12-31"), (NAMED, "2030-01-01", "2030-01-01"),
]  # fmt: skip
REFUSED = [
    (Spelling(), "2018-W21-3"), (Spelling(), "20180522"), (Spelling(), "03/05/2018"), (Spelling(), "18-05-03"), (Spelling(), "2018-02-30"),
    (Spelling(), "2018-05"), (Spelling(), "2018"), (Spelling(), "2018-05/03"), (Spelling(), "2018-05-03 25:00"), (Spelling(), "0000-00-00"),
    (Spelling(), "9999-12-31"), (Spelling(), date.max), (Spelling(), datetime(9999, 12, 31, 23, 59)), (Spelling(), "infinity"), (Spelling(), "-infinity"),
    (Spelling(), "长期"), (Spelling(), "永久"), (Spelling(), "0044-03-15 BC"), (Spelling(), "20180-05-03"), (Spelling(), 43223), (Spelling(), 2018.5),
    (Spelling(("%Y-%m-%d",)), "2018-W21-3"), (Spelling(("%Y-%m-%d",)), "20180522"), (Spelling(("%d/%m/%Y", "%m/%d/%Y")), "03/05/2018"),
    (Spelling(("%m%d/%Y",)), "111/2018"), (Spelling(("%Y%m%dT%H%M%S%z",)), "2018522T160000+00:00"), (Spelling(("%Y%m%d",)), "2018522"),
    (Spelling(("excel",)), 60), (Spelling(("excel",)), 0), (Spelling(("excel",)), 99_999_999), (Spelling(("excel",)), "2018-05-03"),
    (NAMED, "9999-01-01"), (NAMED, "9999-12-30"), (Spelling(("epoch_ms",)), 10**15 - 1), (Spelling(("%y%m%d",), pivot=0), "000229"), (Spelling(), "二〇一八年五月三十二日"), (Spelling(), True),
]  # fmt: skip
MONTHS = [
    ("2018-05", "2018-05"), ("2018/5", "2018-05"), ("2018.10", "2018-10"), ("2018年5月", "2018-05"), ("二〇一八年十一月", "2018-11"),
    ("2018-05-31T16:00:00Z", "2018-06"), ("2018-05-31", "2018-05"), (datetime(2018, 5, 31, 16, tzinfo=UTC), "2018-06"),
]  # fmt: skip


@pytest.mark.parametrize(("spelling", "value", "day"), READ)
def test_a_date_is_read_as_it_was_meant(spelling: Spelling, value: Any, day: str) -> None:
    assert date_reader(spelling, monthly=False)(value) == day


@pytest.mark.parametrize(("spelling", "value"), REFUSED)
def test_an_invalid_or_ambiguous_date_is_refused(spelling: Spelling, value: Any) -> None:
    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        date_reader(spelling, monthly=False)(value)


@pytest.mark.parametrize(("value", "month"), MONTHS)
def test_a_month_is_the_one_in_china(value: Any, month: str) -> None:
    assert date_reader(Spelling(), monthly=True)(value) == month


@pytest.mark.parametrize("value", ["2018.1", 2018.1, "201805", "2018-13", "9999-12", "05/2018"])
def test_a_month_that_could_be_another_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"date|month|end"):
        date_reader(Spelling(), monthly=True)(value)


def test_a_month_without_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    read = date_reader(Spelling(("%Y%m",), no_end=("9999-12-31", "长期")), monthly=True)
    assert [read("999912"), read("长期"), read("202001")] == ["9999-12", "9999-12", "2020-01"]


def test_a_date_of_birth_is_between_1850_and_today() -> None:
    read = date_reader(Spelling(born=True), monthly=False)
    today = datetime.now(CHINA).date()
    assert [read(today), read("1850-01-01")] == [today.isoformat(), "1850-01-01"]
    for never in (today + timedelta(1), "1849-12-31", "0001-01-01", "3020-01-01"):
        with pytest.raises(ValueError, match="birth"):
            read(never)
