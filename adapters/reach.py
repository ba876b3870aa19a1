"""Counting of keys that no query can find: invalid ones, or valid ones in an unexpected spelling.

While a store has such keys, the absence of a record proves nothing: the record may have one of these keys. ::

    count = await count_keys(source)   # None if its keys cannot be read: a REST service, licenses
    count.total, count.unreachable, count.examples
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from adapters.source import Source
from adapters.spelling import KeyColumn, canonical, is_blank
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind, parse_identifier

ROWS_AT_ONCE = 5_000
_ROWS_PER_TURN = 500
"""Rows between two turns of the event loop, about two milliseconds of work."""
_EXAMPLES = 10

KeyRows = AsyncGenerator[Sequence[tuple[int, Sequence[Any]]], None]
"""Rows in lots: the position of each in its store, and a cell for each key column."""


@dataclass(frozen=True, slots=True)
class KeyCount:
    """The numbers of rows and of unreachable rows of a store, and the positions of the first of these.

    A position is a line of a drop, or the number of a table's row in the order of reading.
    """

    total: int
    unreachable: int
    examples: tuple[int, ...] = ()


@runtime_checkable
class Countable(Protocol):
    """A source whose keys can be read."""

    @property
    def keys(self) -> Mapping[SubjectKind, KeyColumn]:
        """Return the key columns."""

    def key_rows(self) -> KeyRows:
        """Yield the keys of every row, in lots.

        Raises:
            SourceError: the source does not answer.
        """

    async def reached(self, kind: SubjectKind, cells: Mapping[Any, str]) -> Collection[Any]:
        """Return those of the cells, given with their canonical keys, that a query for the key finds."""


async def count_keys(source: Source) -> KeyCount | None:
    """Count the rows of a source and the unreachable ones; None if its keys cannot be read.

    Reads the keys in lots, and yields to other tasks in between.

    Reads them in lots, and lets others run in between.

    Raises:
        SourceError: the source does not answer, or its keys are not where the description says.
    """
    if not isinstance(source, Countable):
        return None
    count = _Counting(source)
    async with aclosing(source.key_rows()) as lots:
        async for rows in lots:
            await count.add(rows)
    return KeyCount(count.total, count.unreachable, tuple(count.examples))


class _Counting:
    """A count in progress."""

    def __init__(self, source: Countable) -> None:
        self.total = 0
        self.unreachable = 0
        self.examples: list[int] = []
        self._source = source
        columns: dict[KeyColumn, list[SubjectKind]] = {}
        for kind, column in source.keys.items():
            columns.setdefault(column, []).append(kind)  # one column can hold several kinds
        order = list(source.keys.values())
        self._columns = [(order.index(column), column, kinds) for column, kinds in columns.items()]

    async def add(self, rows: Sequence[tuple[int, Sequence[Any]]]) -> None:
        """Count one lot of rows."""
        self.total += len(rows)
        odd: dict[int, list[_Odd]] = {}
        for at in range(0, len(rows), _ROWS_PER_TURN):
            for position, cells in rows[at : at + _ROWS_PER_TURN]:
                if (found := self._odd(cells)) is not None:
                    odd[position] = found
            await asyncio.sleep(0)
        if odd:
            reached = await self._reached([item for items in odd.values() for item in items])
            for position, items in odd.items():
                if not items or any(not reached.intersection(item) for item in items):
                    self.unreachable += 1
                    if len(self.examples) < _EXAMPLES:
                        self.examples.append(position)

    def _odd(self, cells: Sequence[Any]) -> "list[_Odd] | None":
        """Return a row's oddly spelled keys to look up; None if it is reachable, empty if it never is."""
        blank, odd = True, None
        for at, column, kinds in self._columns:
            cell = cells[at]
            if is_blank(cell):
                continue
            blank = False
            for written in column.written(cell) or [cell]:
                found = _odd(column, kinds, written)
                if found is None:
                    continue
                if not found:
                    return []
                odd = [*(odd or ()), found]
        return [] if blank else odd

    async def _reached(self, odd: "Sequence[_Odd]") -> "set[tuple[SubjectKind, Any]]":
        asked: dict[SubjectKind, dict[Any, str]] = {}
        for item in odd:
            for (kind, cell), key in item.items():
                asked.setdefault(kind, {})[cell] = key
        return {(kind, cell) for kind, cells in asked.items() for cell in await self._source.reached(kind, cells)}


_Odd = Mapping[tuple[SubjectKind, Any], str]
"""A key as written, for each kind that it can be, with its canonical form."""


def _odd(column: KeyColumn, kinds: Sequence[SubjectKind], written: Any) -> _Odd | None:
    """Return None for a key in canonical spelling, and an empty mapping for what is not a key."""
    odd: dict[tuple[SubjectKind, Any], str] = {}
    if isinstance(written, float):  # a float cannot hold 18 digits
        return odd
    if isinstance(written, str) and not column.numeric:  # the shortcut for the common case
        for kind in kinds:
            with suppress(IdentifierError):
                if parse_identifier(kind, written) == written:
                    return None
    for kind in kinds:
        try:
            _, key = canonical([kind], written)
        except (IdentifierError, TypeError, ValueError):
            continue
        if written in column.spellings(kind, key):
            return None
        odd[kind, written] = key
    return odd
