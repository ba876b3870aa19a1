"""Columns of a legacy table, and how each writes the values of a catalogue field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from adapters import dates
from registry.catalogue import Field, FieldType
from registry.errors import RuleError
from registry.parsing import STRICT

_DIRECTIVE = re.compile(r"%(.?)")
_MONTHS = frozenset({FieldType.DATE, FieldType.MONTH})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a legacy table: its name, its codes, and how it writes dates, months and numbers.

    ``format``: one or several formats of ``adapters.dates``. ``pivot``: two-digit years below it are in this century.
    ``no_end``: values that mean that there is no end. ``born``: the date is a date of birth. ``percent``: each value
    is a number before a percent sign.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    column: str
    codes: Mapping[str, str] = field(default_factory=dict)
    format: str | tuple[str, ...] = ()
    pivot: int | None = None
    no_end: tuple[str, ...] = ()
    born: bool = False
    percent: bool = False

    @property
    def spelling(self) -> dates.Spelling:
        """How the column writes dates."""
        formats = (self.format,) if isinstance(self.format, str) else self.format
        return dates.Spelling(tuple(filter(None, formats)), self.pivot, self.no_end, self.born)


def check_column(item: Field, column: Column, where: str) -> None:
    """Check a column's settings against its field.

    Raises:
        RuleError: names the setting and the rule.
    """
    if item.type is FieldType.CODE and not set(column.codes.values()) <= set(item.codes):
        raise RuleError(f"{where}.codes", "a code is not in the catalogue")
    spelling = column.spelling
    if item.type not in _MONTHS and spelling != dates.Spelling():
        raise RuleError(where, "format, pivot, no_end and born are for dates and months")
    if column.born and (item.type is FieldType.MONTH or column.no_end):
        raise RuleError(f"{where}.born", "is for dates, which have no no_end")
    if column.percent and item.type is not FieldType.DECIMAL:
        raise RuleError(f"{where}.percent", "is for decimals")
    for written in spelling.formats:
        _check_format(written, f"{where}.format", monthly=item.type is FieldType.MONTH)
    short_years = any("%y" in written for written in spelling.formats)
    if short_years != (spelling.pivot is not None) or not 0 <= (spelling.pivot or 0) <= 100:  # noqa: PLR2004  # a century
        raise RuleError(f"{where}.pivot", "two-digit years (%y), and no others, need one from 0 to 100")


def _check_format(written: str, where: str, *, monthly: bool) -> None:
    if written in dates.NAMES:
        return
    found = _DIRECTIVE.findall(written)
    needed = 1 if monthly else 2
    if not set(found) <= dates.PATTERNS or len(set(found)) != len(found):
        raise RuleError(where, "takes each of %Y %y %m %d %H %M %S %f %z once, or is one of the named ones")
    if len({"Y", "y"} & set(found)) != 1 or len({"m", "d"} & set(found)) < needed or "m" not in found:
        raise RuleError(where, "needs one kind of year (%Y or %y), a month (%m) and, for a date, a day (%d)")
