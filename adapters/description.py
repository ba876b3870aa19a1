"""Descriptions: how a department's own columns and codes become catalogue fields. One YAML file a dataset.

::

    catalogue: {…}            # the dataset as the catalogue has it
    connection: police        # where it is: a connection of the node's settings
    table: RK_JBXX            # SQL table, REST resource, or file name
    keys: {citizen_id: GMSFHM}
    single: true              # at most one record a subject
    fields:
      name: {column: XM}
      sex: {column: XB, codes: {"1": male, "2": female}}
      birth_date: {column: CSRQ, format: "%Y%m%d"}
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from adapters.errors import RecordError
from adapters.source import Record
from registry.catalogue import Dataset, Field, FieldType
from registry.china import CHINA
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.names import is_unreadable
from registry.parsing import STRICT, load_yaml, parse

_DIGITS = 40
_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{_DIGITS}}}")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_PARTS = re.compile(r"%[A-Za-z]")
_DATES = 16_384
"""Dates that are kept as read: more than a lifetime of months, or forty years of days."""


@dataclass(frozen=True, slots=True)
class Column:
    """One legacy column: its name, its codes, and how it writes dates and months."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    column: str
    codes: Mapping[str, str] = field(default_factory=dict)
    format: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A dataset and where and how its department keeps it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    catalogue: Dataset
    connection: str
    table: str
    keys: Mapping[SubjectKind, str]
    fields: Mapping[str, Column]
    single: bool = False

    def __post_init__(self) -> None:
        known = {item.name for item in self.catalogue.fields}
        if set(self.fields) != known:
            odd = min(set(self.fields) ^ known)
            raise RuleError(
                f"description {self.catalogue.id}.fields.{odd}", "fields and catalogue fields must be the same"
            )
        if set(self.keys) != set(self.catalogue.keys):
            raise RuleError(f"description {self.catalogue.id}.keys", "keys and catalogue keys must be the same")
        for name, column in self.fields.items():
            item = self.catalogue.field(name)
            if item and item.type is FieldType.CODE and not set(column.codes.values()) <= set(item.codes):
                raise RuleError(
                    f"description {self.catalogue.id}.fields.{name}.codes", "a code is not in the catalogue"
                )


def load_description(path: Path) -> Description:
    """Read one description.

    Raises:
        RuleError: names the file, the place and the rule.
    """
    return parse(Description, load_yaml(path), path.name)


class Mapper:
    """Turns a department's rows into records, and refuses what does not fit, naming the field but never the value."""

    def __init__(self, description: Description, fields: Sequence[str]) -> None:
        self.columns = [description.fields[name].column for name in fields]
        items = [description.catalogue.field(name) for name in fields]
        self._fields = list(fields)
        self._convert = [_converter(item, description.fields[item.name]) for item in items if item]

    def record(self, values: Sequence[Any]) -> Record:
        """One record from the values of ``columns``, in their order.

        Raises:
            RecordError: a value is not of its field's type.
        """
        found: dict[str, str | None] = {}
        for name, convert, value in zip(self._fields, self._convert, values, strict=True):
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            try:
                found[name] = convert(value)
            except (ValueError, KeyError, TypeError, ArithmeticError) as error:
                raise RecordError(f"{name}: the source's value is not of the field's type") from error
        return found


def plain(value: Any) -> str:
    """A value as plain text: full-width characters narrowed (NFKC), no spaces around.

    Raises:
        TypeError: neither text nor a number; a list, say, or bytes.
        ValueError: text that no register can hold.
    """
    text = _written(value)
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def _written(value: Any) -> str:
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


def _converter(item: Field, column: Column) -> Callable[[Any], str | None]:
    codes, written = column.codes, column.format
    match item.type:
        case FieldType.CODE:
            known = codes or {code: code for code in item.codes}
            return lambda value: known.get(value) or known[_code(value)]
        case FieldType.DATE:
            return lambda value: _date(value, written).isoformat()
        case FieldType.MONTH:
            return lambda value: _date(value, written or "%Y-%m").isoformat()[:7]
        case FieldType.INTEGER:
            return _integer
        case FieldType.DECIMAL:
            return _decimal
        case FieldType.TEXT:
            return _text


def _code(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else plain(value)


def _text(value: Any) -> str | None:
    # A name is kept as its department writes it, rare characters and middle dots included; only NFKC-safe cleaning.
    text = _written(value).strip()
    return None if is_unreadable(text) else text


def _integer(value: Any) -> str:
    text = plain(value)
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    return str(int(text))


def _decimal(value: Any) -> str:
    number = value
    if not isinstance(value, Decimal):
        text = plain(value)
        if not _DECIMAL.fullmatch(text):
            raise ValueError("not a number")
        number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS:
        raise ValueError("not a number of this world")
    return format(number, "f")


def _date(value: Any, written: str) -> date:
    if isinstance(value, datetime):
        return (value.astimezone(CHINA) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    return _read_date(plain(value), written)


@lru_cache(maxsize=_DATES)
def _read_date(text: str, written: str) -> date:
    # The same few months stand in every row, and reading one costs ten times the rest of the row.
    if not written:
        found = date.fromisoformat(text)
        written = "%Y-%m-%d"
    else:
        found = datetime.strptime(text, written).date()  # noqa: DTZ007  # a day has no zone
    # Where nothing stands between the parts, strptime guesses: 202011 would be the first of January.
    if not _PARTS.sub("", written) and found.strftime(written) != text:
        raise ValueError("not a date as it is described")
    return found
