"""Python's garbage collector, set for processes that make millions of short-lived rows and few cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def tune_gc(young: int = 50_000) -> None:
    """Leave what is there alone from now on, and look for cycles after so many new objects that are still there.

    Every row is freed by its reference count; the collector's default visits each batch of them several times over,
    which costs a large append a quarter of its time. The fewer ``young`` ones, the shorter a look at them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(young, 20, 100)


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
