"""Conversion of a value of any store or driver to plain text."""

from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from registry.names import compatible


def plain(value: Any) -> str:
    """Return a value as text, with full-width characters narrowed, trimmed; superscripts are unchanged.

    Raises:
        TypeError: the value is neither text nor a number, such as a list or bytes.
        ValueError: the text cannot be stored in a register.
    """
    text = written(value)
    return (text if text.isascii() else compatible(text)).strip()


def written(value: Any) -> str:
    """Return a value as unchanged text.

    Raises:
        TypeError: as ``plain``.
        ValueError: as ``plain``.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a zero character")
        if not value.isascii():
            value.encode()  # half a surrogate pair cannot be encoded
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date):
        raise TypeError("neither text nor a number")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("not a number")
    return value.isoformat() if isinstance(value, date) else str(value)
