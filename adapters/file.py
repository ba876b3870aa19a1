"""Sources that are files dropped into a folder: CSV, XLSX or Parquet.

A new drop is checked whole, mapped and indexed into a SQLite file beside the node's data, under a name that tells
which drop it is; lookups go there, so a worker's memory does not grow with the file and workers share one index.
A malformed drop is refused whole: the last good one stays, and health says what is wrong.
"""

import asyncio
import csv
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from adapters.description import Column, Description, Mapper, plain
from adapters.errors import MalformedError, SlowError, SourceError, UnavailableError
from adapters.source import Fetched, Health
from adapters.sql import SqlSource
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind, parse_identifier

_LOOK_SECONDS = 1.0
_BATCH = 5_000
_EXACT = 2**53


class FileSource:
    """The newest drop ``<folder>/<table>.{csv,xlsx,parquet}``, where ``table`` is the description's."""

    def __init__(self, description: Description, folder: Path, index_folder: Path) -> None:
        self._description = description
        self._folder = folder
        self._index_folder = index_folder
        self._serving: SqlSource | None = None
        self._drop = self._served = ""  # the last one looked at, and the last good one
        self._as_of = datetime.fromtimestamp(0, UTC)
        self._problem = ""
        self._looked_at = -_LOOK_SECONDS
        self._loading: asyncio.Task[None] | None = None
        self._indexing = False
        self._shape = sha256(repr(description).encode()).hexdigest()[:8]

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """See ``Source``. ``as_of`` is the time of the drop."""
        try:
            async with asyncio.timeout(seconds):
                await self._refresh()
        except TimeoutError as error:
            raise SlowError("the drop is still being read") from error
        if self._serving is None:
            raise UnavailableError(self._problem)
        fetched = await self._serving.fetch(kind, keys, fields, seconds)
        return Fetched(fetched.records, self._as_of)

    async def health(self) -> Health:
        """See ``Source``."""
        await self._refresh()
        return Health(ready=self._serving is not None, detail=self._problem, as_of=self._as_of)

    async def close(self) -> None:
        """See ``Source``."""
        if self._loading is not None:
            await asyncio.gather(self._loading, return_exceptions=True)
        if self._serving is not None:
            await self._serving.close()

    async def _refresh(self) -> None:
        """Look, at most once a second, whether there is a new drop; while one is serving, load beside it."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < _LOOK_SECONDS and self._serving is not None:
            return
        self._looked_at = now
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._load())
        if self._serving is None or not self._indexing:
            await asyncio.shield(self._loading)

    async def _load(self) -> None:
        try:
            path, drop = self._newest()
            if drop == self._drop:
                if drop == self._served:  # what was wrong meanwhile is over
                    self._problem = ""
                return
            index = self._index_folder / f"{self._description.catalogue.id}-{drop}.sqlite"
            if not index.exists():
                self._indexing = True
                await asyncio.to_thread(build_index, self._description, path, index)
                if self._newest()[1] != drop:  # it was replaced while it was read
                    index.unlink(missing_ok=True)
                    return
                _forget_old(self._index_folder, self._description.catalogue.id)
            as_of = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except MalformedError as error:
            self._drop, self._problem = drop, str(error)  # a malformed drop is tried once, not at every look
            return
        except Exception as error:  # noqa: BLE001  # whatever a drop does to its reader: the last good one stays
            self._problem = str(error) if isinstance(error, SourceError) else "the drop cannot be read"
            return
        finally:
            self._indexing = False
        former, self._serving = self._serving, SqlSource(_indexed(self._description), f"sqlite:///{index}")
        self._drop = self._served = drop
        self._as_of, self._problem = as_of, ""
        if former is not None:
            await former.close()

    def _newest(self) -> tuple[Path, str]:
        drops = [self._folder / f"{self._description.table}{kind}" for kind in _READERS]
        found = [(path.stat(), path) for path in drops if path.exists()]
        if not found:
            raise UnavailableError(f"no drop {self._description.table} (.csv, .xlsx or .parquet) in its folder")
        stat, path = max(found, key=lambda item: item[0].st_mtime_ns)
        return path, f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{self._shape}"


def build_index(description: Description, drop: Path, index: Path) -> int:
    """Check and map a whole drop into a new SQLite file, which appears only if every row fits.

    Returns:
        The number of rows.

    Raises:
        MalformedError: names the row and the field.
        UnavailableError: the drop cannot be read.
    """
    fields = [item.name for item in description.catalogue.fields]
    kinds = list(description.keys)
    mapper = Mapper(description, fields)
    index.parent.mkdir(parents=True, exist_ok=True)
    fresh = index.with_suffix(f".{os.getpid()}.tmp")
    fresh.unlink(missing_ok=True)
    names = ", ".join(f'"{name}"' for name in (*(f"key_{kind.value}" for kind in kinds), *fields))
    marks = ", ".join("?" * (len(kinds) + len(fields)))
    rows = _rows(drop)
    try:
        _, header = next(rows, (1, ()))
        places = _places(header, [*description.keys.values(), *mapper.columns], drop.name)
        fresh.touch(mode=0o600)  # it holds what the drop holds
        with closing(sqlite3.connect(fresh)) as connection:
            connection.execute(f"CREATE TABLE records ({names})")
            count, batch = 0, []
            for number, row in rows:
                values = [row[place] for place in places]
                batch.append(_indexed_row(kinds, mapper, fields, values, f"{drop.name} row {number}"))
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
        fresh.replace(index)
    except sqlite3.IntegrityError as error:
        raise MalformedError(f"{drop.name}: more than one record for a subject that can have only one") from error
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(f"{drop.name}: cannot be read or indexed ({type(error).__name__})") from error
    finally:
        fresh.unlink(missing_ok=True)
    return count + len(batch)


def _forget_old(folder: Path, dataset: str) -> None:
    """Keep the newest index and the one before it, which another worker may still be reading."""
    name = re.compile(rf"{re.escape(dataset)}-[0-9a-f]+-[0-9a-f]+-[0-9a-f]{{8}}\.sqlite")
    indexes = [path for path in folder.iterdir() if name.fullmatch(path.name)]
    for path in sorted(indexes, key=lambda path: path.stat().st_mtime_ns)[:-2]:
        path.unlink(missing_ok=True)


def _indexed(description: Description) -> Description:
    """The description of the index: same dataset, its columns already mapped."""
    keys = {kind: f"key_{kind.value}" for kind in description.keys}
    fields = {name: Column(name) for name in description.fields}
    return replace(description, table="records", keys=keys, fields=fields)


def _places(header: Sequence[Any], columns: Sequence[str], name: str) -> list[int]:
    """Where each described column stands in a row."""
    found = [str(item).strip() for item in header]
    for column in columns:
        if found.count(column) != 1:
            raise MalformedError(f"{name}: column {column} is {'there twice' if column in found else 'missing'}")
    return [found.index(column) for column in columns]


def _indexed_row(
    kinds: Sequence[SubjectKind], mapper: Mapper, fields: Sequence[str], values: Sequence[Any], where: str
) -> tuple[str | None, ...]:
    try:
        # Of several kinds of key a row needs one: a person has no enterprise's code.
        keys = [_identifier(kind, value, len(kinds) > 1) for kind, value in zip(kinds, values, strict=False)]
        if not any(keys):
            raise MalformedError("no key")
        record = mapper.record(values[len(kinds) :])
    except (IdentifierError, MalformedError, TypeError, ValueError) as error:
        raise MalformedError(f"{where}: {error}") from error
    return (*keys, *(record.get(name) for name in fields))


def _identifier(kind: SubjectKind, value: Any, may_be_blank: bool) -> str | None:  # noqa: FBT001  # says what it is
    text = "" if value is None else plain(value)
    return None if may_be_blank and not text else parse_identifier(kind, text)


def _rows(drop: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """The header, then the rows, each as wide and with its number; blank rows are none."""
    width = None
    try:
        for number, row in enumerate(_READERS[drop.suffix](drop), 1):
            if not any(value not in (None, "") for value in row):
                continue
            if width is not None and len(row) != width:
                raise MalformedError(f"{drop.name} row {number}: more or fewer columns than the header")
            width = len(row)
            yield number, row
    except (csv.Error, CalamineError, UnicodeDecodeError) as error:
        raise MalformedError(f"{drop.name}: not a readable {drop.suffix[1:].upper()} file") from error
    except (ValueError, OverflowError) as error:  # a time that no calendar has
        raise MalformedError(f"{drop.name}: holds a value that cannot be read") from error


def _csv_rows(drop: Path) -> Iterator[Sequence[Any]]:
    with drop.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, strict=True)


def _xlsx_rows(drop: Path) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(CalamineWorkbook.from_path(str(drop)).get_sheet_by_index(0).to_python(), 1):
        yield [_whole(value, f"{drop.name} row {number}") for value in row]


def _whole(value: Any, where: str) -> Any:
    """A number cell without a fraction is the whole number that its author typed, up to what such a cell can hold."""
    if not isinstance(value, float) or not value.is_integer():
        return value
    if abs(value) >= _EXACT:
        raise MalformedError(f"{where}: a number of more digits than a number cell holds; write it as text")
    return int(value)


def _parquet_rows(drop: Path) -> Iterator[Sequence[Any]]:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415  # tens of megabytes that only a Parquet drop needs

    try:
        with parquet.ParquetFile(drop) as file:
            yield file.schema_arrow.names
            for batch in file.iter_batches(_BATCH):
                yield from zip(*[column.to_pylist() for column in batch.columns], strict=True)
    except ArrowException as error:
        raise MalformedError(f"{drop.name}: not a readable PARQUET file") from error


_READERS = {".csv": _csv_rows, ".xlsx": _xlsx_rows, ".parquet": _parquet_rows}
