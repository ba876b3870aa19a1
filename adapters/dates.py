"""Parsing of dates and months as departments write them, into ``YYYY-MM-DD`` and ``YYYY-MM``.

A format is a pattern of strptime with ``%Y %y %m %d %H %M %S %f %z`` only, or a name: ``excel``, the day numbers of
spreadsheets; ``epoch_s`` and ``epoch_ms``, seconds and milliseconds since 1970; ``year_first``, the default:
``2018-05-03``, ``2018/5/3``, ``2018.5.3``, ``2018年5月3日`` and ``二〇一八年五月三日``, each with or without a time of
day. If there are several formats, all are tried; a text with two different readings is invalid.

A time with an offset from UTC gives the day in China at that time; a time without one is local.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from adapters.plain import plain
from adapters.year_first import year_first
from registry.china import CHINA

NO_END = date.max.isoformat()
"""The value of a record whose store writes one of the description's ``no_end`` values."""

PATTERNS = frozenset("YymdHMSfz")
_YEAR_FIRST = "year_first"
_CACHED = 16_384
"""Parsed texts in the cache: more than a lifetime of months, or forty years of days."""
_OLDEST_BIRTH = "1850-01-01"
_ADJACENT = re.compile(r"%[YymdHMSf](?=%[YymdHMSf])")
_DIRECTIVE = re.compile(r"%([A-Za-z])")
_WIDTHS = {"Y": "[0-9]{4}", "f": "[0-9]{1,6}", "z": ".+"}
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_LAST = {True: (date(9999, 12, 1), date.max), False: (date.max,)}
_LEAP_BUG = 60  # spreadsheets count a 29 February 1900, which did not exist


@dataclass(frozen=True, slots=True)
class Spelling:
    """The formats of a column's dates; the settings are those of ``adapters.columns.Column``."""

    formats: tuple[str, ...] = ()
    pivot: int | None = None
    no_end: tuple[str, ...] = ()
    born: bool = False


@cache
def date_reader(spelling: Spelling, *, monthly: bool) -> Callable[[Any], str]:
    """Return a function that parses one value of such a column.

    The function raises ValueError, TypeError or ArithmeticError for a value that is not a date.
    """
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
    """Return a parser that also refuses births in the future and before 1850."""

    def birth(value: Any) -> str:
        text = read(value)
        if text > _today[0]:  # the limit is computed once a day
            _today[0] = datetime.now(CHINA).date().isoformat()
        if not _OLDEST_BIRTH <= text <= _today[0]:
            raise ValueError("no date of birth from 1850 to today")
        return text

    return birth


def _read(text: str, spelling: Spelling, *, monthly: bool) -> date:
    found = set()
    for written in spelling.formats or (_YEAR_FIRST,):
        try:
            if written == _YEAR_FIRST:
                found.add(year_first(text, monthly=monthly))
            else:
                found.add(_NAMED[written](text) if written in _NAMED else _patterned(text, written, spelling.pivot))
        except (ValueError, OverflowError):
            continue
    if len(found) != 1:
        raise ValueError("a date in none of its formats, or in two that differ")
    return found.pop()


def _patterned(text: str, written: str, pivot: int | None) -> date:
    found = datetime.strptime(text, written)  # noqa: DTZ007  # a date without an offset is local
    if _ADJACENT.search(written) and not _fixed_width_pattern(written).fullmatch(text):
        raise ValueError("not a date as it is described")
    if "%y" in written and pivot is not None:
        short = found.year % 100
        found = found.replace(year=short + (2000 if short < pivot else 1900))
    return (found.astimezone(CHINA) if found.tzinfo else found).date()


@cache
def _fixed_width_pattern(written: str) -> re.Pattern[str]:
    """Return a pattern of texts with all their digits: strptime would read 202011 as 1 January 2020."""
    return re.compile(_DIRECTIVE.sub(lambda found: _WIDTHS.get(found[1], "[0-9]{2}"), re.escape(written)))


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
