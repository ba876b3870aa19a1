"""Validity of licenses of a type, in months."""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import ConfigDict

from registry.parsing import STRICT


@dataclass(frozen=True, slots=True)
class Validity:
    """The validity of licenses of a type: ``months`` unless stated otherwise, and at most ``longest``.

    0 means without end.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    months: int = 0
    longest: int = 0

    def until(self, begin: date) -> date | None:
        """Return the last day of a license that begins on ``begin``; None if it has no end."""
        return _after(begin, self.months)

    def latest(self, begin: date) -> date | None:
        """Return the latest last day that such a license may state; None if there is no limit."""
        return _after(begin, self.longest)


def _after(begin: date, months: int) -> date | None:
    """Return the last day of a period of months from ``begin``; None for 0 months."""
    if not months:
        return None
    month = begin.month - 1 + months
    year, month = begin.year + month // 12, month % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return date.fromordinal(date(year, month, day).toordinal() - 1)
