"""Dates and months as departments write them, read into ``YYYY-MM-DD`` and ``YYYY-MM``.

A format is one of strptime's patterns, of which only ``%Y %y %m %d %H %M %S %f %z`` are taken, or a name: ``excel``,
the day numbers of spreadsheets; ``epoch_s`` and ``epoch_ms``, seconds and milliseconds since 1970; ``year_first``, that
of a column without a format: ``2018-05-03``, ``2018/5/3``, ``2018.5.3``, ``2018年5月3日`` and ``二〇一八年五月三日``,
each with or without a time of day. Several formats are tried all; two readings that differ are none.

A time with an offset from UTC is of the day that it was in China, a time without one is local.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Any

from adapters.plain import plain
from registry.china import CHINA

NO_END = date.max.isoformat()
"""What a record says where its store names no end, of the values that its description lists under ``no_end``."""

PATTERNS = frozenset("YymdHMSfz")
_YEAR_FIRST = "year_first"
_CACHED = 16_384
"""Texts that are kept as read: more than a lifetime of months, or forty years of days."""
_OLDEST_BIRTH = "1850-01-01"
_DIRECTIVE = re.compile(r"%[A-Za-z]")
_TIME = r"(?:[T ] *([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)? ?(Z|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?"
_DAY = re.compile(r"([0-9]{4}) ?(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?日)" + _TIME)
_MONTH = re.compile(r"([0-9]{4}) ?(?:[-/]([0-9]{1,2})|\.([0-9]{2})|年 ?([0-9]{1,2}) ?月)")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE_YEAR = re.compile(r"([〇零○一二三四五六七八九]{4})年")
_CHINESE_NUMBER = re.compile(r"([一二三]?)(十?)([〇零○一二三四五六七八九]?)(?=[月日])")
_LAST = {True: (date(9999, 12, 1), date.max), False: (date.max,)}
_LEAP_BUG = 60  # spreadsheets count a 29 February 1900


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a column writes its dates; see ``adapters.columns.Column``."""

    formats: tuple[str, ...] = ()
    pivot: int | None = None
    no_end: tuple[str, ...] = ()
    born: bool = False


@cache
def date_reader(spelling: Spelling, *, monthly: bool) -> Callable[[Any], str]:
    """Reads one value of such a column; ValueError, TypeError or ArithmeticError if it is no date."""
    no_end = frozenset(map(plain, spelling.no_end))
    length = 7 if monthly else 10

    def written(day: date) -> str:
        if day.year == date.max.year:
            if NO_END not in no_end or day not in _LAST[monthly]:
                raise ValueError("no end, where the description knows none")
            return NO_END[:length]
        return day.isoformat()[:length]

    @lru_cache(maxsize=_CACHED)
    def from_text(text: str) -> str:
        bare = plain(text)
        return NO_END[:length] if bare in no_end else written(_read(bare, spelling, monthly=monthly))

    def read(value: Any) -> str:
        if isinstance(value, datetime):
            return written((value.astimezone(CHINA) if value.tzinfo else value).date())
        if isinstance(value, date):
            return written(value)
        return from_text(value if isinstance(value, str) else plain(value))

    return _birth(read) if spelling.born else read


_today = [""]


def _birth(read: Callable[[Any], str]) -> Callable[[Any], str]:
    """Refuses births in the future and before any person who lives."""

    def birth(value: Any) -> str:
        text = read(value)
        if text > _today[0]:  # once a day, and for births to come
            _today[0] = datetime.now(CHINA).date().isoformat()
        if not _OLDEST_BIRTH <= text <= _today[0]:
            raise ValueError("no date of birth of a person who lives or lived lately")
        return text

    return birth


def _read(text: str, spelling: Spelling, *, monthly: bool) -> date:
    found = set()
    for written in spelling.formats or (_YEAR_FIRST,):
        try:
            if written == _YEAR_FIRST:
                found.add(_year_first(text, monthly=monthly))
            else:
                found.add(_NAMED[written](text) if written in _NAMED else _patterned(text, written, spelling.pivot))
        except (ValueError, OverflowError):
            continue
    if len(found) != 1:
        raise ValueError("a date in none of its formats, or in two that differ")
    return found.pop()


def _year_first(text: str, *, monthly: bool) -> date:
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
    digits = offset[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if offset[0] == "-" else ahead)


def _arabic(text: str) -> str:
    """A date in Chinese numerals, in digits; what is none of them is left, and refused by who reads on."""
    year, rest = text[:4].translate(_NUMERALS), text[4:]
    return year + _CHINESE_NUMBER.sub(_tens, rest)


def _tens(found: re.Match[str]) -> str:
    tens, ten, ones = (part.translate(_NUMERALS) for part in found.groups())
    return f"{tens or 1}{ones or 0}" if ten else tens + ones


def _patterned(text: str, written: str, pivot: int | None) -> date:
    found = datetime.strptime(text, written)  # noqa: DTZ007  # one without an offset is local
    # Where nothing stands between the parts, strptime guesses: 202011 would be the first of January.
    if not _DIRECTIVE.sub("", written) and found.strftime(written) != text:
        raise ValueError("not a date as it is described")
    if "%y" in written and pivot is not None:
        short = found.year % 100
        found = found.replace(year=short + (2000 if short < pivot else 1900))
    return (found.astimezone(CHINA) if found.tzinfo else found).date()


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return float(text)


def _excel(text: str) -> date:
    serial = int(_number(text))
    if serial < 1 or serial == _LEAP_BUG:
        raise ValueError("no day of a spreadsheet's calendar")
    return date(1899, 12, 30 if serial > _LEAP_BUG else 31) + timedelta(serial)


def _epoch(unit: float) -> Callable[[str], date]:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return lambda text: (begin + timedelta(seconds=_number(text) * unit)).astimezone(CHINA).date()


_NAMED: dict[str, Callable[[str], date]] = {"excel": _excel, "epoch_s": _epoch(1), "epoch_ms": _epoch(0.001)}
NAMES = frozenset({*_NAMED, _YEAR_FIRST})
