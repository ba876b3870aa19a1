"""Numbers of single precision, which keep what a department wrote only up to six digits.

Read as what they are in binary, 0.1 would be 0.10000000149011612. One that needs more digits, or is of a million and
more, may be another number than was written.
"""

import struct
from functools import lru_cache

_DIGITS = 6
_LIMIT = 10**_DIGITS
_CACHED = 16_384
_SINGLE = struct.Struct("!f")


@lru_cache(maxsize=_CACHED)
def of_bytes(value: bytes) -> float | None:
    """The number that was written, from its four bytes; None if its store cannot have kept it as it was."""
    return of_binary(_SINGLE.unpack(value)[0])


def of_binary(value: float) -> float | None:
    """The number that was written, from one that was widened to double precision; None as ``of_bytes``."""
    short = float(f"{value:.{_DIGITS}g}")
    if not abs(short) < _LIMIT or _SINGLE.pack(short) != _SINGLE.pack(value):
        return None
    return short
