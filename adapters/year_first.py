"""Parsing of dates and months with a four-digit year first, in digits or Chinese numerals."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from registry.china import CHINA

_OFFSET = "(Z|[+-][0-9]{2}:?(?:[0-9]{2}(?::[0-9]{2})?)?)"
_TIME = rf"(?:[T ] *([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:[.,][0-9]+)?)? ?{_OFFSET}?)?"
_DAY = re.compile(r"([0-9]{4}) ?(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?日)" + _TIME)
_MONTH = re.compile(r"([0-9]{4}) ?(?:[-/]([0-9]{1,2})|\.([0-9]{2})|年 ?([0-9]{1,2}) ?月)")
_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE_YEAR = re.compile(r"([〇零○一二三四五六七八九]{4})年")
_CHINESE_NUMBER = re.compile(r"([一二三]?)(十?)([〇零○一二三四五六七八九]?)(?=[月日])")


def year_first(text: str, *, monthly: bool) -> date:
    """Return the day of a text, or the first day of its month if ``monthly``.

    Raises:
        ValueError: the text does not begin with the year, or has no such day.
    """
    if _CHINESE_YEAR.match(text):
        text = _arabic(text)
    if monthly and (month := _MONTH.fullmatch(text)):
        year, *others = month.groups()
        return date(int(year), int(next(filter(None, others))), 1)
    day = _DAY.fullmatch(text)
    if day is None:
        raise ValueError("not a date")
    year, _, a, b, c, d, hour, minute, second, offset = day.groups()
    found = date(int(year), int(a or c), int(b or d))
    if hour is None:
        return found
    at = datetime(found.year, found.month, found.day, int(hour), int(minute), int(second or 0), tzinfo=_zone(offset))
    return at.astimezone(CHINA).date()


def _zone(offset: str | None) -> Any:
    if not offset:
        return CHINA
    if offset == "Z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(6, "0")  # offsets of local mean time are not whole minutes
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    return timezone(-ahead if offset[0] == "-" else ahead)


def _arabic(text: str) -> str:
    """Return a date in Chinese numerals in digits; other characters are unchanged and make no valid date."""
    year, rest = text[:4].translate(_NUMERALS), text[4:]
    return year + _CHINESE_NUMBER.sub(_tens, rest)


def _tens(found: re.Match[str]) -> str:
    tens, ten, ones = (part.translate(_NUMERALS) for part in found.groups())
    return f"{tens or 1}{ones or 0}" if ten else tens + ones
