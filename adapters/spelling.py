"""How a department writes its keys: the spellings under which one subject can be in its column.

A lookup asks for every spelling that the description allows, so it uses the column's own index and no function on the
column. A key that is written in any other way cannot be found; ``adapters/reach.py`` counts those.
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
"""What ``trim`` looks for before and after a key."""
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_NOT_BETWEEN = frozenset("'\"\\-_.%:")
_MOST_BETWEEN = 4
_KEYS_AT_ONCE, _SPELLINGS_AT_ONCE = 5_000, 40_000
_MOST_FILLED = 255


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One key's column, and what a department does to the keys in it beside writing them plainly.

    Attributes:
        column: the column's name.
        trim: a blank, tab, no-break or ideographic blank before or after, or a line end after; up to five blanks after.
        padded: blanks after it fill it up to so many characters, as of a CHAR column that became a VARCHAR.
        width: full-width digits and letters.
        fifteen_digits: citizen ids of 15 digits, from before 1999.
        separator: what stands between the keys of several owners in one cell.
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
        """Whether keys are written as they are asked, or with small letters."""
        return not (self.trim or self.padded or self.width or self.fifteen_digits or self.separator or self.numeric)

    def spellings(self, kind: SubjectKind, key: str) -> Iterable[str | int]:
        """How a canonical key can be written in this column, each way once."""
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
        """The keys in a cell as they are written there; several where the description says so."""
        if self.separator and isinstance(cell, str):
            return [part for part in cell.split(self.separator) if part and not part.isspace()]
        return [cell]


class Asked:
    """The keys of one lookup: the spellings that they are asked by, and whose a cell is that comes back."""

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
        """The keys, of those that were asked for, that a cell holds.

        Raises:
            NotAskedError: none of them.
            MalformedError: the cell is a number of floating point.
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
        """Whether a row is the answer to one spelling: a store that ignores blanks gives it to several.

        Raises:
            MalformedError: it is the answer to none, or to that of another subject.
        """
        key = self._owner(spelling)
        if list(self.owners(cell)) != [key]:
            raise NotAskedError(_NOT_ASKED)
        return bool(cell == spelling if cell in self._every else spelling == key)

    @cached_property
    def _every(self) -> frozenset[str | int]:
        return frozenset(self.spellings)

    def _owner(self, written: Any) -> str:
        if isinstance(written, str | int | Decimal) and (known := self._known.get(written)):
            return known
        try:
            key = plain(written).upper()  # a database can ignore case, width or blanks where it compares
        except (TypeError, ValueError):
            return ""
        return key if key in self.keys else ""


def asked_at_once(column: KeyColumn, kind: SubjectKind, keys: Sequence[str]) -> Iterator[Asked]:
    """The keys in as many lots as one statement or request can take, with their spellings."""
    each = 1 if column.is_plain else len(list(column.spellings(kind, max(keys, default=""))))
    lot = max(1, min(_KEYS_AT_ONCE, _SPELLINGS_AT_ONCE // max(each, 1)))
    return (Asked(column, kind, keys[at : at + lot]) for at in range(0, len(keys), lot))


def is_blank(cell: Any) -> bool:
    """Whether a cell holds no key."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def canonical(kinds: Sequence[SubjectKind], written: Any) -> tuple[SubjectKind, str]:
    """The key that a department wrote in whatever way, as the first of several kinds that it can be.

    Raises:
        IdentifierError: it is none of them.
        TypeError: neither text nor a number.
        ValueError: text that no register can hold.
    """
    return parse_any(kinds, "" if written is None else plain(written))


def _of_text(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Key = Annotated[KeyColumn, BeforeValidator(_of_text)]
"""A key's column in a description: its name, or its name and how keys are written in it."""
