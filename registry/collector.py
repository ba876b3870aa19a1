"""Python's garbage collector, set for processes that make millions of short-lived rows and few cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FOR_ROWS = 50_000, 20, 100
"""Thresholds of a process that makes very many rows: each is freed by its reference count, and Python's own thresholds
visit each batch of them several times over, which costs a large append a quarter of its time."""


def tune_gc(thresholds: tuple[int, int, int] = FOR_ROWS) -> None:
    """Set the thresholds of the garbage collector, and leave the objects that are there now out of its looks."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector of the process while very many objects are made at once and all of them are kept.

    Of the time in which a chunk of 10,000 subjects is checked, the collector would take more than half.
    """
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()
