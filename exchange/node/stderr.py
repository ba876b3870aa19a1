"""Capture of lines that libraries in other languages write to standard error."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

_STANDARD_ERROR = 2
_JOIN_SECONDS = 1.0


@contextmanager
def captured(told: Callable[[str], None]) -> Iterator[int]:
    """Pass each line on standard error to ``told``; yield a descriptor of the real standard error."""
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
        os.dup2(real, _STANDARD_ERROR)  # closes the last writing end, so the thread ends
        thread.join(_JOIN_SECONDS)


def _follow(descriptor: int, told: Callable[[str], None]) -> None:
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(Exception):  # whatever the error, reading continues, so that writers do not block
                told(line)
