"""Tests of days in Asia/Shanghai, including years of summer time."""

from datetime import UTC, datetime

import pytest

from registry.china import CHINA, parse_day


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        (datetime(1988, 6, 30, 15, tzinfo=UTC), "1988-07-01 00:00:00"),  # summer time
        (datetime(1941, 6, 30, 15, tzinfo=UTC), "1941-07-01 00:00:00"),
        (datetime(1992, 6, 30, 16, tzinfo=UTC), "1992-07-01 00:00:00"),
        (datetime(1899, 12, 31, 15, 54, 17, tzinfo=UTC), "1900-01-01 00:00:00"),  # local mean time
        (datetime(2018, 5, 22, 16, tzinfo=UTC), "2018-05-23 00:00:00"),
    ],
)
def test_an_instant_is_on_the_day_that_it_is_in_china(instant: datetime, local: str) -> None:
    assert str(instant.astimezone(CHINA).replace(tzinfo=None)) == local


@pytest.mark.parametrize("text", ["2018-W21-3", "20180522", "2018-5-22", "２０１８-05-22", "2018-02-30", ""])
def test_a_day_is_written_in_one_way(text: str) -> None:
    assert parse_day("2018-05-22").day == 22
    with pytest.raises(ValueError, match=r"day|date|month|range"):
        parse_day(text)
