"""What a process writes to its standard error past its log: lines of libraries that are not written in Python."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

_STANDARD_ERROR = 2
_JOIN_SECONDS = 1.0


@contextmanager
def captured(told: Callable[[str], None]) -> Iterator[int]:
    """Hand each line that is written to standard error to ``told``; yields a descriptor of standard error itself."""
    real = os.dup(_STANDARD_ERROR)
    reading, writing = os.pipe()
    os.dup2(writing, _STANDARD_ERROR)
    os.close(writing)
    thread = Thread(target=_follow, args=(reading, told), name="stderr", daemon=True)
    thread.start()
    try:
        yield real
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os.dup2(real, _STANDARD_ERROR)  # the last writing end is closed with it, so the thread ends
        thread.join(_JOIN_SECONDS)


def _follow(descriptor: int, told: Callable[[str], None]) -> None:
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(Exception):  # whatever it is, what is written must be read, or who writes would wait
                told(line)
