"""The index of a drop: a SQLite file with every row, checked and mapped."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.aside import Aside
from adapters.cells import Fault, is_total
from adapters.description import Description
from adapters.drops import Row, read_rows
from adapters.errors import MalformedError, UnavailableError
from adapters.gathering import ONLY_ONE
from adapters.layout import BadRows
from adapters.rows import BadRow, RowMapper, kinds_by_column

_BATCH = 5_000


def build_index(
    description: Description, drop: Path, index: Path, is_same: Callable[[], bool], *, listed: bool = True
) -> int:
    """Check and map a whole drop into a new SQLite file, which is created only if every row fits.

    Args:
        description: the dataset's description.
        drop: the file to read.
        index: the SQLite file to create.
        is_same: returns, after reading, whether the drop is still the one that the index is named after.
        listed: whether to write the list of set-aside rows beside the drop.

    Returns:
        The number of rows.

    Raises:
        MalformedError: names the row and the field.
        UnavailableError: the drop cannot be read.
    """
    columns = [
        *(key.column for key in kinds_by_column(description)),
        *(description.fields[item.name].column for item in description.catalogue.fields),
    ]
    names = [*(f"key_{kind.value}" for kind in description.keys), *(item.name for item in description.catalogue.fields)]
    index.parent.mkdir(parents=True, exist_ok=True)
    fresh = index.with_suffix(f".{os.getpid()}.tmp")
    fresh.unlink(missing_ok=True)
    rows = read_rows(drop, description.drop, columns)
    aside = Aside(drop.name, description.drop)
    try:
        _, header = next(rows, (1, ()))
        mapper = RowMapper(description, _positions(header, columns, drop.name))
        fresh.touch(mode=0o600)  # contains the drop's data
        with closing(sqlite3.connect(fresh)) as connection:
            quoted = ", ".join(f'"{name}"' for name in names)
            connection.execute(f"CREATE TABLE records (row, {quoted})")
            _insert(connection, rows, mapper, aside, skip_totals=description.drop.skip_totals)
            aside.take_doubtful(connection, list(description.keys), single=description.single)
            count: int = connection.execute("SELECT count(*) FROM records").fetchone()[0]
            if not count:
                raise MalformedError(f"{drop.name}: holds no row{' that fits' if aside else ''}")
            unique = "UNIQUE " if description.single else ""
            for kind in description.keys:
                connection.execute(f'CREATE {unique}INDEX "by_{kind.value}" ON records ("key_{kind.value}")')
            aside.keep(connection)
            connection.commit()
        if not is_same():
            raise UnavailableError(f"{drop.name}: replaced while it was read")
        if listed:
            aside.list_beside(drop)
        fresh.replace(index)
    except sqlite3.IntegrityError as error:
        raise MalformedError(f"{drop.name}: {ONLY_ONE}") from error
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(f"{drop.name}: cannot be read or indexed ({type(error).__name__})") from error
    finally:
        fresh.unlink(missing_ok=True)
    return count


def bad_rows(description: Description, drop: Path) -> Mapping[str, Sequence[int]]:
    """Return the bad rows of a whole drop, by field and rule.

    Raises:
        MalformedError: as ``build_index``.
        UnavailableError: as ``build_index``.
    """
    aside = replace(description, drop=replace(description.drop, on_bad_row=BadRows.SET_ASIDE))
    with TemporaryDirectory(prefix="yici-check-") as folder:
        index = Path(folder) / "drop.sqlite"
        build_index(aside, drop, index, lambda: True, listed=False)
        with closing(sqlite3.connect(index)) as connection:
            found: dict[str, list[int]] = {}
            for row, rule in connection.execute("SELECT DISTINCT row, rule FROM aside ORDER BY row"):
                found.setdefault(rule, []).append(row)
    return found


def key_cells(description: Description, drop: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the number and the key cells of each row of a drop.

    Raises:
        MalformedError: as ``build_index``.
        UnavailableError: as ``build_index``.
    """
    columns = [key.column for key in description.keys.values()]
    rows = read_rows(drop, description.drop, columns)
    _, header = next(rows, (1, ()))
    places = _positions(header, columns, drop.name)
    for number, row in rows:
        if isinstance(row, Fault):
            yield number, [row] * len(places)
        elif not (description.drop.skip_totals and any(map(is_total, row))):
            yield number, [row[place] for place in places]


def _insert(
    connection: sqlite3.Connection,
    rows: Iterable[tuple[int, Row]],
    mapper: RowMapper,
    aside: Aside,
    *,
    skip_totals: bool,
) -> None:
    batch: list[tuple[int | str | None, ...]] = []

    def write() -> None:
        if batch:
            marks = ", ".join("?" * len(batch[0]))
            connection.executemany(f"INSERT INTO records VALUES ({marks})", batch)
            batch.clear()

    for number, row in rows:
        found = mapper.map(row)
        if not isinstance(found, BadRow):
            batch += [(number, *each) for each in found]
        elif not (found.total and skip_totals):
            aside.add(number, found)
        if len(batch) >= _BATCH:
            write()
    write()


def _positions(header: Row, columns: Sequence[str], name: str) -> list[int]:
    """Return the position in a row of each described column."""
    found = [] if isinstance(header, Fault) else [str(item).strip() for item in header]
    for column in columns:
        if found.count(column) != 1:
            raise MalformedError(f"{name}: column {column} is {'there twice' if column in found else 'missing'}")
    return [found.index(column) for column in columns]
