"""The canonical content of rows."""

from datetime import UTC, datetime, timedelta, timezone

from registry.content import row_of


def test_a_time_has_one_content_whatever_its_offset_from_utc() -> None:
    instant = datetime(2026, 3, 1, 20, 30, 0, 5, UTC)
    rows = [
        row_of("system", {"id": "desk", "revision": 1, "since": instant.astimezone(zone)})
        for zone in (UTC, timezone(timedelta(hours=8)))
    ]
    assert rows[0].canonical == rows[1].canonical
    assert rows[1].content["since"] == "2026-03-01T20:30:00.000005Z"


def test_a_column_without_a_value_is_absent() -> None:
    assert row_of("grant", {"id": "g", "revision": 1, "daily_quota": None}) == row_of(
        "grant", {"id": "g", "revision": 1}
    )
