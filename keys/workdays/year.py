"""The holidays of a year, by the State Council's notice, and the file of those that are shipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from keys.encoding import parse_json
from keys.errors import MalformedError

SATURDAY = 5
_BY_LAW = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
"""Holidays of every year at fixed days."""
_NAMES = frozenset(("holidays", "workdays", "source"))


@dataclass(frozen=True, slots=True)
class Year:
    """A year's holidays, and the weekends on which people work, by a notice, the ``source``."""

    year: int
    holidays: frozenset[date]
    workdays: frozenset[date]
    source: str = ""

    def __post_init__(self) -> None:
        """Check the table.

        Raises:
            MalformedError: a day of another year, in both lists, or not a weekend; a fixed holiday is missing.
        """
        where = f"holidays {self.year}"
        if any(day.year != self.year for day in self.holidays | self.workdays):
            raise MalformedError(f"{where}: a day is of another year")
        if self.holidays & self.workdays:
            raise MalformedError(f"{where}: a day is both a holiday and a working day")
        if any(day.weekday() < SATURDAY for day in self.workdays):
            raise MalformedError(f"{where}: workdays must be Saturdays and Sundays")
        if missing := [f"{month}-{day}" for month, day in _BY_LAW if date(self.year, month, day) not in self.holidays]:
            raise MalformedError(f"{where}: {missing[0]} is missing, a holiday of every year")

    def has(self, day: date) -> bool:
        """Return whether people work on a day of this year."""
        return day in self.workdays or (day.weekday() < SATURDAY and day not in self.holidays)

    @classmethod
    def of(cls, year: int, holidays: Sequence[Any], workdays: Sequence[Any], source: str = "") -> "Year":
        """Return a table from days written YYYY-MM-DD.

        Raises:
            MalformedError: names what breaks a rule.
        """
        return cls(year, _days(year, "holidays", holidays), _days(year, "workdays", workdays), source)


def _days(year: int, name: str, texts: Sequence[Any]) -> frozenset[date]:
    try:
        days = [date.fromisoformat(text) for text in texts]
    except (TypeError, ValueError) as error:
        raise MalformedError(f"holidays {year}: {name} must be days, YYYY-MM-DD") from error
    if [day.isoformat() for day in days] != list(texts) or len({*days}) != len(days):
        raise MalformedError(f"holidays {year}: {name} must be different days, YYYY-MM-DD")
    return frozenset(days)


def parse_years(data: bytes) -> Mapping[int, Year]:
    """Parse a file of tables: a JSON object of years, each with holidays, workdays and a source.

    Raises:
        MalformedError: names the year and the rule.
    """
    found = parse_json(data, "holidays")
    if not isinstance(found, dict) or not all(_is_year(name) and _is_table(table) for name, table in found.items()):
        raise MalformedError("holidays: must be an object of years, each with holidays, workdays and source")
    return {int(name): Year.of(int(name), **table) for name, table in found.items()}


def _is_year(name: str) -> bool:
    return len(name) == 4 and name.isascii() and name.isdigit() and name >= "2000"  # noqa: PLR2004  # a year's digits


def _is_table(table: Any) -> bool:
    return (
        isinstance(table, dict)
        and table.keys() == _NAMES
        and isinstance(table["source"], str)
        and isinstance(table["holidays"], list)
        and isinstance(table["workdays"], list)
    )


@cache
def shipped() -> Mapping[int, Year]:
    """Return the tables that are shipped."""
    return parse_years(files("keys.workdays").joinpath("cn.json").read_bytes())
