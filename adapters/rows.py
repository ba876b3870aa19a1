"""Rows of a drop, checked and mapped: keys and fields in canonical text, or what is wrong with which field."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from adapters.cells import Fault, MergedCell, is_total
from adapters.damage import MARK
from adapters.description import Description, Mapper
from adapters.drops import Row
from adapters.errors import MalformedError
from adapters.layout import Merged
from adapters.plain import plain
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind, parse_identifier

_CUT = re.compile(r"[0-9]{15}000")
_ROW_ERRORS = (MalformedError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that does not fit: the field, the rule, and the subjects, by kind and key, as far as they can be read.

    ``complete`` says that every key could be read, ``total`` that the row is a sum of others, ``cut`` that a key looks
    as if a spreadsheet had kept only 15 of its digits.
    """

    where: str
    rule: str
    subjects: Sequence[tuple[SubjectKind, str]] = ()
    complete: bool = False
    total: bool = False
    cut: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}"


class RowMapper:
    """Maps the rows of one drop; ``places`` are those of the keys' and the fields' columns."""

    def __init__(self, description: Description, places: Sequence[int]) -> None:
        self._kinds = list(description.keys)
        self._fields = [item.name for item in description.catalogue.fields]
        self._mapper = Mapper(description, self._fields)
        self._places = places
        self._fill = description.drop.merged is Merged.FILL

    def map(self, row: Row) -> list[tuple[str | None, ...]] | BadRow:
        """The keys, then the fields, once for each subject that a key column names; or what does not fit."""
        if isinstance(row, Fault):
            return BadRow("row", row.rule)
        cells = [row[place] for place in self._places]
        count = len(self._kinds)
        if self._fill:
            cells[:count] = [cell.value if isinstance(cell, MergedCell) else cell for cell in cells[:count]]
        try:
            # Of several kinds of key a row needs one: a person has no enterprise's code.
            owners = [_owners(kind, cell, count > 1) for kind, cell in zip(self._kinds, cells, strict=False)]
            if not any(owners):
                raise MalformedError("no key")
            record = self._mapper.record(cells[count:])
        except _ROW_ERRORS as error:
            return self._bad(row, cells, error)
        if None in record.values():  # a text that its store could not hold
            record = {name: MARK if value is None else value for name, value in record.items()}
        fields = [record.get(name) for name in self._fields]
        return [(*keys, *fields) for keys in zip_longest(*owners)]

    def _bad(self, row: Sequence[Any], cells: Sequence[Any], error: Exception) -> BadRow:
        """What is wrong, looked into once it is known that something is."""
        count = len(self._kinds)
        subjects: list[tuple[SubjectKind, str]] = []
        complete, cut, rules = True, False, []
        for kind, cell in zip(self._kinds, cells, strict=False):
            try:
                subjects += [(kind, key) for key in _owners(kind, cell, count > 1)]
            except _ROW_ERRORS as fault:
                complete = False
                cut = cut or _CUT.fullmatch(_text(cell)) is not None
                rules.append((kind.value, _rule(cell, fault)))
        names = [kind.value for kind in self._kinds] + self._fields
        rules += [(name, cell.rule) for name, cell in zip(names, cells, strict=True) if isinstance(cell, Fault)]
        if not subjects and any(map(is_total, row)):
            return BadRow("row", "a sum of other rows", total=True)
        name, rule = rules[0] if rules else _parted(error)
        return BadRow(name, rule, subjects, complete=complete and bool(subjects), cut=cut)


def _owners(kind: SubjectKind, value: Any, may_be_blank: bool) -> list[str]:  # noqa: FBT001  # says what it is
    if is_total(value):
        raise MalformedError("a sum of other rows")
    text = "" if value is None else plain(value)
    return [] if may_be_blank and not text else [parse_identifier(kind, text)]


def _text(value: Any) -> str:
    try:
        return plain(value)
    except (TypeError, ValueError):
        return ""


def _rule(cell: Any, error: Exception) -> str:
    if isinstance(cell, Fault):
        return cell.rule
    return error.rule if isinstance(error, IdentifierError) else "not an identifier"


def _parted(error: Exception) -> tuple[str, str]:
    """Field and rule of an error of the mapper, which names both."""
    name, _, rule = str(error).partition(": ")
    return (name, rule) if rule else ("key", "a row needs one")
