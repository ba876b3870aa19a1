"""Rows of a drop that are set aside because they do not fit the dataset's description.

They are counted, listed in a file beside the drop, and kept in the drop's index as unknown.
"""

import csv
import io
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.errors import MalformedError
from adapters.gathering import ONLY_ONE
from adapters.layout import BadRows, Layout
from adapters.rows import BadRow
from registry.identifiers import SubjectKind

MAX_ASIDE = 10_000
ROWS_SET_ASIDE = "ROWS_SET_ASIDE"
CUT_TO_15_DIGITS = "an id that a spreadsheet may have cut to 15 digits"
_DIGITS = 18
_CUT, _WHOLE = "[0-9]" * 15 + "000", "[0-9]" * _DIGITS


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What ``count`` set-aside rows leave unknown, as in ``Fetched``; ``malformed`` is by kind of key."""

    count: int = 0
    incomplete: str = ""
    malformed: Mapping[SubjectKind, Mapping[str, str]] = field(default_factory=dict)


class Aside:
    """The set-aside rows of one drop; if the layout refuses bad rows, the first one is an error."""

    def __init__(self, name: str, layout: Layout) -> None:
        self._name = name
        self._sets_aside = layout.on_bad_row is BadRows.SET_ASIDE
        self._rows: dict[int, BadRow] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, number: int, bad: BadRow) -> None:
        """Set one row aside.

        Raises:
            MalformedError: the description refuses bad rows, or there are too many of them.
        """
        if not self._sets_aside:
            raise MalformedError(f"{self._name} row {number}: {bad}")
        self._rows[number] = bad
        if len(self._rows) > MAX_ASIDE:
            raise MalformedError(f"{self._name}: more than {MAX_ASIDE} rows do not fit; row {number}: {bad}")

    def take_doubtful(self, connection: sqlite3.Connection, kinds: Sequence[SubjectKind], *, single: bool) -> None:
        """Set aside rows that conflict with other rows of the drop.

        Raises:
            MalformedError: as ``add``.
        """
        for kind in kinds:
            if self._has_cut_ids(connection, kind):
                self._doubt_cut_ids(kind)
                self._take(connection, kinds, f"{_key_column(kind)} GLOB '{_CUT}'", kind, CUT_TO_15_DIGITS)
        if not self._sets_aside:
            return
        for kind in kinds if single else ():
            key = _key_column(kind)
            twice = f"SELECT {key} FROM records WHERE {key} NOTNULL GROUP BY 1 HAVING count(*) > 1"
            self._take(connection, kinds, f"{key} IN ({twice})", kind, ONLY_ONE)

    def _has_cut_ids(self, connection: sqlite3.Connection, kind: SubjectKind) -> bool:
        """Return whether a spreadsheet program has kept only 15 digits of the citizen ids in this drop.

        It has if an id that ends in 000 is not valid, or if all ids of 18 digits end in 000. One in eleven of the cut

        ids has the right check digit by chance, and would be another person's.
        """
        key = _key_column(kind)
        counts = f"SELECT total({key} GLOB '{_CUT}'), total({key} GLOB '{_WHOLE}') FROM records"
        cut, whole = connection.execute(counts).fetchone()
        aside = [key for bad in self._rows.values() for named, key in bad.subjects if named is kind]
        cut += sum(_is_cut(key) for key in aside)
        whole += sum(len(key) == _DIGITS and key.isdecimal() for key in aside)
        return bool(cut) and (cut == whole or any(bad.cut for bad in self._rows.values()))

    def _doubt_cut_ids(self, kind: SubjectKind) -> None:
        """Count rows already set aside under a cut id as rows of an unknown subject."""
        for number, bad in self._rows.items():
            if any(named is kind and _is_cut(key) for named, key in bad.subjects):
                self._rows[number] = replace(bad, complete=False)

    def _take(
        self, connection: sqlite3.Connection, kinds: Sequence[SubjectKind], which: str, kind: SubjectKind, rule: str
    ) -> None:
        keys = ", ".join(map(_key_column, kinds))
        rows = f"row IN (SELECT row FROM records WHERE {which})"  # and the rows of the other subjects that they name
        subjects: dict[int, list[tuple[SubjectKind, str]]] = {}
        for row, *found in connection.execute(f"SELECT row, {keys} FROM records WHERE {rows}"):
            named = [(item, key) for item, key in zip(kinds, found, strict=True) if key is not None]
            subjects.setdefault(row, []).extend(named)
        complete = rule is not CUT_TO_15_DIGITS  # a cut id may be of anyone with the same 15 digits
        for row, named in subjects.items():
            self.add(row, BadRow(kind.value, rule, named, complete=complete))
        if subjects:
            connection.execute(f"DELETE FROM records WHERE {rows}")

    def keep(self, connection: sqlite3.Connection) -> None:
        """Write what the set-aside rows leave unknown into an index."""
        connection.execute("CREATE TABLE aside (row, kind, key, rule)")
        for number, bad in self._rows.items():
            subjects: list[tuple[str | None, str | None]] = [(kind.value, key) for kind, key in bad.subjects]
            if not bad.complete:
                subjects.append((None, None))
            values = [(number, *subject, str(bad)) for subject in subjects]
            connection.executemany("INSERT INTO aside VALUES (?, ?, ?, ?)", values)

    def list_beside(self, drop: Path) -> None:
        """Write the list of set-aside rows beside the drop, or remove an old list if there are none.

        Raises:
            MalformedError: the folder cannot be written.
        """
        listed = list_of(drop)
        fresh = listed.with_name(f".{listed.name}.{os.getpid()}.tmp")
        try:
            if not self._rows:
                if listed.exists():
                    listed.unlink(missing_ok=True)
                return
            text = io.StringIO()
            lines = [("line", "field", "rule"), *((at, bad.where, bad.rule) for at, bad in sorted(self._rows.items()))]
            csv.writer(text).writerows(lines)
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(text.getvalue(), encoding="utf-8", newline="")
            fresh.replace(listed)
        except OSError as error:
            raise MalformedError(f"{drop.name}: its bad rows cannot be listed in {listed.name}") from error
        finally:
            fresh.unlink(missing_ok=True)


def _is_cut(key: str) -> bool:
    """Return whether an id may have lost its last three digits."""
    return len(key) == _DIGITS and key.isdecimal() and key.endswith("000")


def _key_column(kind: SubjectKind) -> str:
    """Return the column of an index that has the keys of this kind."""
    return f'"key_{kind.value}"'


def list_of(drop: Path) -> Path:
    """Return the path of the list of a drop's set-aside rows; its name is never that of a drop."""
    return drop.with_name(f"{drop.name}.bad.txt")


def read_not_known(index: Path) -> NotKnown:
    """Read from an index what the set-aside rows leave unknown."""
    with closing(sqlite3.connect(index)) as connection:
        rows = connection.execute("SELECT row, kind, key, rule FROM aside").fetchall()
    malformed: dict[SubjectKind, dict[str, str]] = {}
    for _, kind, key, rule in rows:
        if kind is not None:
            malformed.setdefault(SubjectKind(kind), {})[key] = rule
    incomplete = ROWS_SET_ASIDE if any(kind is None for _, kind, _, _ in rows) else ""
    return NotKnown(len({row for row, *_ in rows}), incomplete, malformed)
