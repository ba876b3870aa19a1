"""Conversion of column values to the canonical text of field types; ambiguous values are errors."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from adapters.columns import Column
from adapters.dates import date_reader
from adapters.plain import plain, written
from adapters.text_codecs import is_mojibake
from registry.catalogue import Field, FieldType
from registry.names import is_unreadable

_DIGITS = 40
_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{_DIGITS}}}")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_DRESSED = re.compile(r"([+-]?)¥? ?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]*)?")

_NO_TEXT = re.compile(
    r"#+|#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|null|[(\[<]null[)\]>]|\\N|undefined", re.IGNORECASE
)
"""What programs write instead of a value: spreadsheet errors, columns too narrow, a database's NULL."""

BAD_VALUE = (ValueError, KeyError, TypeError, ArithmeticError)
"""The exceptions of a converter for a value that is not of its type."""


def converter(item: Field, column: Column) -> Callable[[Any], str | None]:
    """Return a function that converts one value of a column to the text of the field's type.

    The function raises one of ``BAD_VALUE``.
    """
    match item.type:
        case FieldType.CODE:
            known = column.codes or {code: code for code in item.codes}
            return lambda value: known.get(value) or known[_code(value)]
        case FieldType.DATE:
            return date_reader(column.spelling, monthly=False)
        case FieldType.MONTH:
            return date_reader(column.spelling, monthly=True)
        case FieldType.INTEGER:
            return _integer
        case FieldType.DECIMAL:
            return _percentage if column.percent else _decimal
        case FieldType.TEXT:
            return _text


def _code(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else plain(value)


def _text(value: Any) -> str | None:
    # Names keep the department's spelling, rare characters and middle dots included.
    text = written(value).strip()
    if text.isascii() and _NO_TEXT.fullmatch(text):
        raise ValueError("a word for no value")
    return None if is_unreadable(text) or is_mojibake(text) else text


def _integer(value: Any) -> str:
    text = plain(value)
    if not _INTEGER.fullmatch(text):
        text = _bare_number(text)
        if not _INTEGER.fullmatch(text):
            raise ValueError("not a whole number")
    return str(int(text))


def _decimal(value: Any) -> str:
    number = value
    if not isinstance(value, Decimal):
        text = plain(value)
        number = Decimal(text if _DECIMAL.fullmatch(text) else _bare_number(text))
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS:
        raise ValueError("not a number of this world")
    return format(number, "f")


def _percentage(value: Any) -> str:
    # A spreadsheet stores 98.5 % as 0.985: a number without its percent sign is ambiguous.
    text = plain(value)
    if not text.endswith("%"):
        raise ValueError("no percent sign")
    return _decimal(text[:-1].rstrip())


def _bare_number(text: str) -> str:
    """Return a number without currency sign and thousands commas, which must separate thousands."""
    found = _DRESSED.fullmatch(text)
    if found is None:
        raise ValueError("not a number")
    sign, whole, fraction = found.groups()
    return sign + whole.replace(",", "") + (fraction or "")
