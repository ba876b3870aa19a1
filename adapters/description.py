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

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from adapters.errors import MalformedError
from adapters.source import Record
from registry.catalogue import Dataset, Field, FieldType
from registry.china import CHINA
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.parsing import STRICT, load_yaml, parse

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
            MalformedError: a value is not of its field's type.
        """
        found = {}
        for name, convert, value in zip(self._fields, self._convert, values, strict=True):
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            try:
                found[name] = convert(value)
            except (ValueError, KeyError, TypeError, InvalidOperation) as error:
                raise MalformedError(f"{name}: the source's value is not of the field's type") from error
        return found


def plain(value: Any) -> str:
    """A value as plain text: full-width characters narrowed (NFKC), no spaces around."""
    text = value if isinstance(value, str) else str(value)
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def _converter(item: Field, column: Column) -> Callable[[Any], str]:
    codes, written = column.codes, column.format
    match item.type:
        case FieldType.CODE:
            known = codes or {code: code for code in item.codes}
            return lambda value: known.get(value) or known[plain(value)]
        case FieldType.DATE:
            return lambda value: _date(value, written).isoformat()
        case FieldType.MONTH:
            return lambda value: _date(value, written or "%Y-%m").isoformat()[:7]
        case FieldType.INTEGER:
            return lambda value: str(int(plain(value)))
        case FieldType.DECIMAL:
            return _decimal
        case FieldType.TEXT:
            return _text


def _text(value: Any) -> str:
    # A name is kept as its department writes it, rare characters and middle dots included; only NFKC-safe cleaning.
    text = value if isinstance(value, str) else str(value)
    return text.strip()


def _decimal(value: Any) -> str:
    number = value if isinstance(value, Decimal) else Decimal(plain(value))
    if not number.is_finite():
        raise ValueError("not a number")
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
    return datetime.strptime(text, written).date() if written else date.fromisoformat(text)  # noqa: DTZ007  # a day has no zone
