"""Mapping of a drop's rows to canonical keys and fields, or to the field and rule that is broken."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from adapters.cells import Fault, filled, is_total
from adapters.damage import MARK
from adapters.description import Description, Mapper
from adapters.drops import Row
from adapters.errors import MalformedError
from adapters.layout import Merged
from adapters.plain import plain
from adapters.spelling import KeyColumn, canonical, is_blank
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind

_CUT = re.compile(r"[0-9]{15}000")
_ROW_ERRORS = (MalformedError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that does not fit: the field, the rule, and the subjects by kind and key, as far as readable.

    ``complete`` says that every key could be read, ``total`` that the row is a sum of others, ``cut`` that a key may
    have lost digits after the 15th in a spreadsheet program.
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
    """Maps the rows of one drop; ``places`` are the positions of the distinct key columns and the fields."""

    def __init__(self, description: Description, places: Sequence[int]) -> None:
        self._kinds = list(description.keys)
        self._columns = list(kinds_by_column(description).items())
        self._fields = [item.name for item in description.catalogue.fields]
        self._mapper = Mapper(description, self._fields)
        self._places = places
        self._fill = description.drop.merged is Merged.FILL

    def map(self, row: Row) -> list[tuple[str | None, ...]] | BadRow:
        """Return the keys, then the fields, once for each subject that a key column names; or the bad row."""
        if isinstance(row, Fault):
            return BadRow("row", row.rule)
        cells = [row[place] for place in self._places]
        count = len(self._columns)
        if self._fill:
            cells[:count] = map(filled, cells[:count])
        try:
            # A row needs a key of one kind only: a person has no enterprise's code.
            keys: dict[SubjectKind, list[str]] = {}
            for (column, kinds), cell in zip(self._columns, cells, strict=False):
                for kind, key in _subjects(column, kinds, cell, may_be_blank=len(self._kinds) > 1):
                    keys.setdefault(kind, []).append(key)
            if not keys:
                raise MalformedError("no key")
            record = self._mapper.record(cells[count:])
        except _ROW_ERRORS as error:
            return self._bad(row, cells, error)
        if None in record.values():  # a text that its store could not hold
            record = {name: MARK if value is None else value for name, value in record.items()}
        fields = [record.get(name) for name in self._fields]
        return [(*each, *fields) for each in zip_longest(*(keys.get(kind, ()) for kind in self._kinds))]

    def _bad(self, row: Sequence[Any], cells: Sequence[Any], error: Exception) -> BadRow:
        """Describe what is wrong with a row that could not be mapped."""
        subjects: list[tuple[SubjectKind, str]] = []
        complete, cut, rules = True, False, []
        for (column, kinds), cell in zip(self._columns, cells, strict=False):
            for written in column.written(cell) or [cell]:  # the readable ones of several owners are known
                try:
                    subjects += _subjects(column, kinds, written, may_be_blank=len(self._kinds) > 1)
                except _ROW_ERRORS as fault:
                    complete = False
                    cut = cut or _CUT.fullmatch(_text(written)) is not None
                    rules.append((kinds[0].value, _rule(written, fault)))
        names = [kinds[0].value for _, kinds in self._columns] + self._fields
        rules += [(name, cell.rule) for name, cell in zip(names, cells, strict=True) if isinstance(cell, Fault)]
        if not subjects and any(map(is_total, row)):
            return BadRow("row", "a sum of other rows", total=True)
        name, rule = rules[0] if rules else _field_and_rule(error)
        return BadRow(name, rule, subjects, complete=complete and bool(subjects), cut=cut)


def kinds_by_column(description: Description) -> dict[KeyColumn, list[SubjectKind]]:
    """Return the columns of the keys, each with the kinds of subject that it can hold."""
    found: dict[KeyColumn, list[SubjectKind]] = {}
    for kind, column in description.keys.items():
        found.setdefault(column, []).append(kind)
    return found


def _subjects(
    column: KeyColumn, kinds: Sequence[SubjectKind], cell: Any, *, may_be_blank: bool
) -> list[tuple[SubjectKind, str]]:
    """Return the subjects that a cell names, as every kind: a number may be of a passport or of a permit."""
    if is_total(cell):
        raise MalformedError("a sum of other rows")
    if may_be_blank and is_blank(cell):
        return []
    found: list[tuple[SubjectKind, str]] = []
    for written in column.written(cell) or [cell]:
        first = canonical(kinds, written)  # raises if it is of no kind
        found += [first, *_other_kinds(kinds[kinds.index(first[0]) + 1 :], written)] if len(kinds) > 1 else [first]
    return list(dict.fromkeys(found))


def _other_kinds(kinds: Sequence[SubjectKind], written: Any) -> Iterator[tuple[SubjectKind, str]]:
    for kind in kinds:
        with suppress(IdentifierError):
            yield canonical([kind], written)


def _text(value: Any) -> str:
    try:
        return plain(value)
    except (TypeError, ValueError):
        return ""


def _rule(cell: Any, error: Exception) -> str:
    if isinstance(cell, Fault):
        return cell.rule
    if is_blank(cell):
        return "no key"
    return error.rule if isinstance(error, IdentifierError) else "not an identifier"


def _field_and_rule(error: Exception) -> tuple[str, str]:
    """Split the message of the mapper's error, which names both, into field and rule."""
    name, _, rule = str(error).partition(": ")
    return (name, rule) if rule else ("key", "a row needs one")
