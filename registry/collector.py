"""Settings of Python's garbage collector for processes with many short-lived rows and few cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FOR_ROWS = 50_000, 20, 100
"""Thresholds of a process that makes very many rows: reference counting frees each row, and the default thresholds
visit each batch of them several times over, which costs a large append a quarter of its time."""


def tune_gc(thresholds: tuple[int, int, int] = FOR_ROWS) -> None:
    """Set the thresholds of the garbage collector, and exclude existing objects from collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector while very many objects are created and all are kept.

    The collector would take more than half of the time of checking a chunk of 10,000 subjects.
    """
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()
