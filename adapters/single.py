"""Numbers of single precision, which preserve decimal numbers of up to six digits.

Converted from binary, 0.1 would be 0.10000000149011612. A number that needs more digits, or is a million or more, may
differ from the one that was written.
"""

import struct
from functools import lru_cache

_DIGITS = 6
_LIMIT = 10**_DIGITS
_CACHED = 16_384
_SINGLE = struct.Struct("!f")


@lru_cache(maxsize=_CACHED)
def of_bytes(value: bytes) -> float | None:
    """Return the number that was written, from its four bytes; None if it is not preserved."""
    return of_binary(_SINGLE.unpack(value)[0])


def of_binary(value: float) -> float | None:
    """Return the number that was written, from its double precision value; None as ``of_bytes``."""
    short = float(f"{value:.{_DIGITS}g}")
    if not abs(short) < _LIMIT or _SINGLE.pack(short) != _SINGLE.pack(value):
        return None
    return short
