"""Tests of the garbage collector: it can be paused, and its pauses are short."""

import gc

import pytest

from exchange.settings import Tuning
from registry.collector import gc_paused, tune_gc

YOUNG = Tuning().worker_gc[0]


def test_a_pause_of_the_collector_always_ends() -> None:
    with gc_paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), gc_paused():
        int("broken")
    assert gc.isenabled()


def test_a_collector_that_its_program_switched_off_stays_off() -> None:
    gc.disable()
    try:
        with gc_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_process_that_answers_collects_little_at_once() -> None:
    found: list[int] = []

    def noted(phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            found.append(info["collected"])

    before = gc.get_threshold()
    gc.callbacks.append(noted)
    try:
        tune_gc(Tuning().worker_gc)
        found.clear()
        for _ in range(20 * YOUNG):
            cycle: list[object] = []
            cycle.append(cycle)
    finally:
        gc.callbacks.remove(noted)
        gc.set_threshold(*before)
        gc.unfreeze()
    assert sum(found) >= 10 * YOUNG
    assert max(found) <= 2 * YOUNG
