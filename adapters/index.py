"""The index of a drop: every row checked and mapped, in a SQLite file of its own."""

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from adapters.damage import MARK
from adapters.description import Description, Mapper
from adapters.drops import read_rows
from adapters.errors import MalformedError, UnavailableError
from adapters.plain import plain
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind, parse_any

_BATCH = 5_000


def build_index(description: Description, drop: Path, index: Path, is_same: Callable[[], bool]) -> int:
    """Check and map a whole drop into a new SQLite file, which appears only if every row fits.

    ``is_same`` says, when all is read, whether the drop still is the one that the index is named after.

    Returns:
        The number of rows.

    Raises:
        MalformedError: names the row and the field.
        UnavailableError: the drop cannot be read.
    """
    fields = [item.name for item in description.catalogue.fields]
    kinds = list(description.keys)
    columns: dict[str, list[SubjectKind]] = {}
    for kind, column in description.keys.items():
        columns.setdefault(column, []).append(kind)
    mapper = Mapper(description, fields)
    index.parent.mkdir(parents=True, exist_ok=True)
    fresh = index.with_suffix(f".{os.getpid()}.tmp")
    fresh.unlink(missing_ok=True)
    names = ", ".join(f'"{name}"' for name in (*(f"key_{kind.value}" for kind in kinds), *fields))
    marks = ", ".join("?" * (len(kinds) + len(fields)))
    rows = read_rows(drop)
    try:
        _, header = next(rows, (1, ()))
        places = _places(header, [*columns, *mapper.columns], drop.name)
        fresh.touch(mode=0o600)  # it holds what the drop holds
        with closing(sqlite3.connect(fresh)) as connection:
            connection.execute(f"CREATE TABLE records ({names})")
            count, batch = 0, []
            for number, row in rows:
                values = [row[place] for place in places]
                batch.append(_indexed_row(columns, kinds, mapper, fields, values, f"{drop.name} row {number}"))
                if len(batch) == _BATCH:
                    connection.executemany(f"INSERT INTO records VALUES ({marks})", batch)
                    count, batch = count + len(batch), []
            connection.executemany(f"INSERT INTO records VALUES ({marks})", batch)
            if not count + len(batch):
                raise MalformedError(f"{drop.name}: holds no row")
            unique = "UNIQUE " if description.single else ""
            for kind in kinds:
                connection.execute(f'CREATE {unique}INDEX "by_{kind.value}" ON records ("key_{kind.value}")')
            connection.commit()
        if not is_same():
            raise UnavailableError(f"{drop.name}: replaced while it was read")
        fresh.replace(index)
    except sqlite3.IntegrityError as error:
        raise MalformedError(f"{drop.name}: more than one record for a subject that can have only one") from error
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(f"{drop.name}: cannot be read or indexed ({type(error).__name__})") from error
    finally:
        fresh.unlink(missing_ok=True)
    return count + len(batch)


def _places(header: Sequence[Any], columns: Sequence[str], name: str) -> list[int]:
    """Where each described column stands in a row."""
    found = [str(item).strip() for item in header]
    for column in columns:
        if found.count(column) != 1:
            raise MalformedError(f"{name}: column {column} is {'there twice' if column in found else 'missing'}")
    return [found.index(column) for column in columns]


def _indexed_row(
    columns: Mapping[str, Sequence[SubjectKind]], kinds: Sequence[SubjectKind], mapper: Mapper, fields: Sequence[str],
    values: Sequence[Any], where: str,
) -> tuple[str | None, ...]:  # fmt: skip
    try:
        # Of several kinds of key a row needs one: a person has no enterprise's code.
        keys = _keys(columns, values, may_be_blank=len(kinds) > 1)
        if not keys:
            raise MalformedError("no key")
        record = mapper.record(values[len(columns) :])
    except (IdentifierError, MalformedError, TypeError, ValueError) as error:
        raise MalformedError(f"{where}: {error}") from error
    kept = (MARK if name in record and record[name] is None else record.get(name) for name in fields)
    return (*(keys.get(kind) for kind in kinds), *kept)


def _keys(
    columns: Mapping[str, Sequence[SubjectKind]], values: Sequence[Any], *, may_be_blank: bool
) -> dict[SubjectKind, str]:
    """A row's keys; where a column holds several kinds, each value is of the first that it fits."""
    found = {}
    for of_column, value in zip(columns.values(), values, strict=False):
        text = "" if value is None else plain(value)
        if text or not may_be_blank:
            kind, identifier = parse_any(of_column, text)
            found[kind] = identifier
    return found
