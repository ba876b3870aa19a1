"""Tests of token buckets: they fill steadily, charge calls, and keep a bounded number of names."""

import pytest

from exchange import buckets
from exchange.buckets import Buckets


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that changes only when its one element is set."""
    now = [100.0]
    monkeypatch.setattr(buckets.time, "monotonic", lambda: now[0])
    return now


def test_costly_calls_take_more_tokens(clock: list[float]) -> None:
    held = Buckets(10, 20)
    assert [held.take("a", 10) for _ in range(3)] == [True, True, False]
    clock[0] += 1
    assert held.take("a", 10)
    assert not held.take("a")


def test_a_million_names_take_the_memory_of_the_last_few(clock: list[float]) -> None:
    held = Buckets(1, 1, kept=100)
    assert held.take("steady")
    for at in range(10_000):
        assert held.take(f"10.0.{at}")
        assert not held.take("steady")
    assert len(held) == 100
