"""Key columns, and the spellings in which a department may write one key.

A lookup asks for every spelling that the description allows, so it uses the column's own index and no function on the
column. A key in any other spelling cannot be found; ``adapters/reach.py`` counts those.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from adapters.errors import MalformedError, NotAskedError
from adapters.plain import plain
from registry.identifiers import SubjectKind, parse_any, short_citizen_id
from registry.parsing import STRICT

_NOT_ASKED = "the source answered a row that was not asked for"
_FLOAT = "keys: the column is of floating point, which cannot hold 18 digits"
_BLANKS = (" ", "\t", "\u00a0", "\u3000")
_AROUND = (
    ("", ""),
    *((blank, "") for blank in (*_BLANKS, "  ")),
    *(("", blank) for blank in (*_BLANKS, "  ", "   ", "    ", "     ", "\r", "\n", "\r\n")),
    *((blank, blank) for blank in _BLANKS),
)
"""The characters that ``trim`` looks for before and after a key."""
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_NOT_BETWEEN = frozenset("'\"\\-_.%:")
_MOST_BETWEEN = 4
_KEYS_AT_ONCE, _SPELLINGS_AT_ONCE = 5_000, 40_000
_MOST_FILLED = 255


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A key's column, and how a department writes the keys in it.

    Attributes:
        column: the column's name.
        trim: a blank, tab, no-break or ideographic blank before or after, or a line end after; up to five blanks
            after.
        padded: the width to which blanks fill a key up, as in a CHAR column that became a VARCHAR.
        width: full-width digits and letters.
        fifteen_digits: citizen ids of 15 digits, from before 1999.
        separator: the text between the keys of several owners in one cell.
        numeric: the column is a number (BIGINT, NUMERIC), not a text.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    column: str
    trim: bool = False
    padded: Annotated[int, Field(ge=0, le=_MOST_FILLED)] = 0
    width: bool = False
    fifteen_digits: bool = False
    separator: Annotated[str, StringConstraints(strip_whitespace=False)] = ""
    numeric: bool = False

    def __post_init__(self) -> None:
        if self.numeric and (self.trim or self.padded or self.width or self.separator):
            raise ValueError("numeric: a number has no blanks, width or separator")
        odd = any(item.isalnum() or item in _NOT_BETWEEN or (item < " " and item != "\n") for item in self.separator)
        if odd or len(self.separator) > _MOST_BETWEEN:
            raise ValueError(
                "separator: up to 4 characters, no letter, digit, quote, backslash or control character but a line end"
            )

    @property
    def is_plain(self) -> bool:
        """Whether keys are written in canonical form, or in lower case."""
        return not (self.trim or self.padded or self.width or self.fifteen_digits or self.separator or self.numeric)

    def spellings(self, kind: SubjectKind, key: str) -> Iterable[str | int]:
        """Return the distinct ways to write a canonical key in this column."""
        forms = [key]
        if self.fifteen_digits and kind is SubjectKind.CITIZEN_ID and (short := short_citizen_id(key)):
            forms.append(short)
        if self.numeric:
            return [int(form) for form in forms if form.isdecimal() and form[0] != "0"]
        forms += [small for form in forms if (small := form.lower()) != form]
        if self.width:
            forms += [form.translate(_WIDE) for form in forms]
        if self.padded:
            forms += [form.ljust(self.padded) for form in forms if len(form) < self.padded]
        if self.trim:
            return dict.fromkeys(f"{before}{form}{after}" for form in forms for before, after in _AROUND)
        return forms

    def written(self, cell: Any) -> list[Any]:
        """Return the keys in a cell as written; several if the description says so."""
        if self.separator and isinstance(cell, str):
            return [part for part in cell.split(self.separator) if part and not part.isspace()]
        return [cell]


class Asked:
    """The keys of one lookup: the spellings to ask for, and the owners of returned cells."""

    def __init__(self, column: KeyColumn, kind: SubjectKind, keys: Sequence[str]) -> None:
        self.spellings: list[str | int]
        self._column = column
        self.keys = frozenset(keys)
        if column.is_plain:
            self._known: dict[Any, str] = {}
            self.spellings = [*keys, *[small for key in keys if (small := key.lower()) != key]]
        else:
            self._known = {spelling: key for key in keys for spelling in column.spellings(kind, key)}
            self.spellings = list(self._known)

    def owners(self, cell: Any) -> Sequence[str]:
        """Return the keys, of those asked for, that a cell holds.

        Raises:
            NotAskedError: the cell holds none of them.
            MalformedError: the cell is a floating-point number.
        """
        if isinstance(cell, str) and cell in self.keys:
            return (cell,)
        if isinstance(cell, float):
            raise MalformedError(_FLOAT)
        found = [owner for written in self._column.written(cell) if (owner := self._owner(written))]
        if not found:
            raise NotAskedError(_NOT_ASKED)
        return list(dict.fromkeys(found))

    def answers(self, spelling: str | int, cell: Any) -> bool:
        """Return whether a row answers one spelling: a store that ignores blanks returns it for several.

        Raises:
            MalformedError: the row answers none of the spellings, or one of another subject.
        """
        key = self._owner(spelling)
        if list(self.owners(cell)) != [key]:
            raise NotAskedError(_NOT_ASKED)
        return bool(cell == spelling if cell in self._all_spellings else spelling == key)

    @cached_property
    def _all_spellings(self) -> frozenset[str | int]:
        return frozenset(self.spellings)

    def _owner(self, written: Any) -> str:
        if isinstance(written, str | int | Decimal) and (known := self._known.get(written)):
            return known
        try:
            key = plain(written).upper()  # a database may compare without case, width or blanks
        except (TypeError, ValueError):
            return ""
        return key if key in self.keys else ""


def asked_at_once(column: KeyColumn, kind: SubjectKind, keys: Sequence[str]) -> Iterator[Asked]:
    """Split the keys into as many lots as a statement or request can take, with their spellings."""
    each = 1 if column.is_plain else len(list(column.spellings(kind, max(keys, default=""))))
    lot = max(1, min(_KEYS_AT_ONCE, _SPELLINGS_AT_ONCE // max(each, 1)))
    return (Asked(column, kind, keys[at : at + lot]) for at in range(0, len(keys), lot))


def is_blank(cell: Any) -> bool:
    """Return whether a cell holds no key."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def canonical(kinds: Sequence[SubjectKind], written: Any) -> tuple[SubjectKind, str]:
    """Return a key in canonical form, as the first of several kinds that it can be.

    Raises:
        IdentifierError: the key is of none of the kinds.
        TypeError: the value is neither text nor a number.
        ValueError: the text cannot be stored in a register.
    """
    return parse_any(kinds, "" if written is None else plain(written))


def _from_text(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Key = Annotated[KeyColumn, BeforeValidator(_from_text)]
"""A key's column in a description: its name, or its name and the ways to write keys in it."""
