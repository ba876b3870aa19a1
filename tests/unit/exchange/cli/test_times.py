"""Times are shown of Asia/Shanghai with their offset, or in UTC; JSON has them in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from exchange.cli.tables import Column, json_rows, show_rows
from exchange.cli.times import shown_time, with_shown_times

AT = datetime(2026, 11, 28, 17, 5, 9, 123456, tzinfo=timezone(timedelta(hours=1)))
COLUMNS = [Column("at", "time")]


@pytest.mark.parametrize(("utc", "said"), [(False, "2026-11-29 00:05:09+08:00"), (True, "2026-11-28 16:05:09+00:00")])
def test_a_time_is_shown_with_its_offset(*, utc: bool, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown_time(AT, utc=utc) == said
    show_rows(COLUMNS, [{"at": AT}], utc=utc)
    assert said in capsys.readouterr().out


def test_summer_time_shows_in_the_offset() -> None:
    assert shown_time(datetime(1988, 7, 1, tzinfo=UTC)) == "1988-07-01 09:00:00+09:00"


def test_json_has_times_in_utc() -> None:
    assert json_rows(COLUMNS, [{"at": AT}]) == [{"at": "2026-11-28T16:05:09Z"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not valid at 2026-11-28 16:05:09 UTC", "not valid at 2026-11-29 00:05:09+08:00"),
        ("until 2026-11-28 16:05 UTC", "until 2026-11-29 00:05:00+08:00"),
        ("recorded at 2026-11-28T16:05:09.123Z", "recorded at 2026-11-29 00:05:09+08:00"),
        ("at 9999-12-31 23:59:59 UTC", "at 9999-12-31 23:59:59 UTC"), ("at 2026-13-41 00:00:00 UTC", "at 2026-13-41 00:00:00 UTC"),
        ("2026-11-28", "2026-11-28"), ("2026-11-28 16:05:09+08:00", "2026-11-28 16:05:09+08:00"),
    ],
)  # fmt: skip
def test_times_in_a_finding_are_shown_alike(text: str, said: str) -> None:
    assert with_shown_times(text) == said
