"""A value as plain text, whatever type its store or driver gave it."""

from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from registry.names import compatible


def plain(value: Any) -> str:
    """A value as plain text: full-width characters narrowed, no spaces around; a raised number stays so.

    Raises:
        TypeError: neither text nor a number; a list, say, or bytes.
        ValueError: text that no register can hold.
    """
    text = written(value)
    return (text if text.isascii() else compatible(text)).strip()


def written(value: Any) -> str:
    """A value as text, unchanged; raises as ``plain``."""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a zero character")
        if not value.isascii():
            value.encode()  # half a surrogate pair is no text
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date):
        raise TypeError("neither text nor a number")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("not a number")
    return value.isoformat() if isinstance(value, date) else str(value)
