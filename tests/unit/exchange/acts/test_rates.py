"""Tests of rates: each system gets its steady share of calls, independently of others."""

import pytest

from exchange import buckets
from exchange.acts.rates import RateLimit


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that changes only when its one element is set."""
    now = [100.0]
    monkeypatch.setattr(buckets.time, "monotonic", lambda: now[0])
    return now


def taken(limit: RateLimit, caller: str, tries: int = 20) -> int:
    return sum(limit.take(caller) is None for _ in range(tries))


def test_a_second_s_worth_at_once_and_then_steadily(clock: list[float]) -> None:
    limit = RateLimit(5)
    assert taken(limit, "a") == 5
    clock[0] += 0.4
    assert taken(limit, "a") == 2
    clock[0] += 3600
    assert taken(limit, "a") == 5


def test_one_system_s_calls_cost_no_other_anything(clock: list[float]) -> None:
    limit = RateLimit(5)
    taken(limit, "a")
    assert taken(limit, "") == 5


def test_less_than_one_call_a_second_is_a_rate_too(clock: list[float]) -> None:
    limit = RateLimit(0.5)
    assert taken(limit, "a") == 1
    clock[0] += 1
    assert taken(limit, "a") == 0
    clock[0] += 1
    assert taken(limit, "a") == 1
