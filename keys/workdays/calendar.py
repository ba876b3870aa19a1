"""Counts of working days over the years whose holidays are known; other years fail."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import islice

from keys.errors import UnknownYearError
from keys.workdays.year import Year, shipped

_DAY = timedelta(days=1)


class Calendar:
    """The working days of the years of given tables; without tables, of those that are shipped."""

    def __init__(self, years: Mapping[int, Year] | None = None) -> None:
        self._years = shipped() if years is None else years

    def replaced(self, tables: Iterable[Year]) -> "Calendar":
        """Return a calendar with further tables, each in place of the one of its year."""
        return Calendar({**self._years, **{table.year: table for table in tables}})

    def is_workday(self, day: date) -> bool:
        """Return whether people work on a day.

        Raises:
            UnknownYearError: the holidays of its year are not known.
        """
        year = self._years.get(day.year)
        if year is None:
            raise UnknownYearError(day.year)
        return year.has(day)

    def workdays_after(self, start: date, until: date = date.max) -> Iterator[date]:
        """Yield the working days after a day, up to and including another day.

        Raises:
            UnknownYearError: the next day is in a year whose holidays are not known.
        """
        day = start
        while day < until:
            day += _DAY
            if self.is_workday(day):
                yield day

    def after(self, start: date, days: int) -> date:
        """Return the last of so many working days, at least one; the first is after the day of the start.

        Raises:
            UnknownYearError: they extend into a year whose holidays are not known.
        """
        return next(islice(self.workdays_after(start), days - 1, None))
