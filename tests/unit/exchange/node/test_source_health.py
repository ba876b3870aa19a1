"""Tests of source health: faults are in the log and metrics before any query."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from adapters.source import Health
from exchange.node import source_health

DAY = datetime(2026, 11, 1, tzinfo=UTC)


class _Source:
    def __init__(self, *found: Any) -> None:
        self.found = iter(found)

    async def health(self) -> Health:
        """Return the next state, or raise it if it is an exception."""
        state = next(self.found)
        if isinstance(state, Exception):
            raise state
        return state  # type: ignore[no-any-return]


async def test_a_change_of_a_source_is_logged_once_and_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_health, "_WATCH_SECONDS", 0.02)
    good, stale = Health(ready=True, as_of=DAY, rows_aside=3), Health(ready=True, detail="row 6: day", as_of=DAY)
    sources: Any = {
        "file": _Source(good, stale, stale, stale, good, *[good] * 99),
        "gone": _Source(*[RuntimeError("citizen 110105194912310021")] * 99),
    }

    async def run() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await source_health.keep_watching(sources)

    with capture_logs() as logs:
        await run()
    told = [(entry["dataset"], entry["log_level"], entry["detail"]) for entry in logs]
    assert told == [
        ("gone", "warning", "the source failed (RuntimeError)"), ("file", "warning", "row 6: day"), ("file", "info", ""),
    ]  # fmt: skip
    assert REGISTRY.get_sample_value("yici_source_ready", {"dataset": "file"}) == 1
    assert REGISTRY.get_sample_value("yici_source_ready", {"dataset": "gone"}) == 0
    assert REGISTRY.get_sample_value("yici_source_as_of", {"dataset": "file"}) == DAY.timestamp()
    assert REGISTRY.get_sample_value("yici_source_rows_set_aside", {"dataset": "file"}) == 3
