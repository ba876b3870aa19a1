"""Tests of the kernel's clock state in words."""

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from exchange.node.ntp import ntp_state


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (0, 0x2001, "synchronized"),
        (0, 0x2041, "not synchronized"),
        (5, 0x2001, "not synchronized"),
        (-1, 0, "not told"),
    ],
)
def test_the_clock_is_synchronized_if_the_kernel_says_so(
    monkeypatch: pytest.MonkeyPatch, answer: int, status: int, said: str
) -> None:
    def adjtimex(state: Any) -> int:
        state._obj.status = status
        return answer

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=adjtimex))
    assert ntp_state() == said


def test_a_system_without_that_call_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace())
    assert ntp_state() == "not told"
