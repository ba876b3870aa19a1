"""Reading a drop: the rows of a CSV, XLSX or Parquet file, as its author wrote them."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError

from adapters.errors import MalformedError
from adapters.xlsx import xlsx_rows

_BATCH = 5_000


def read_rows(drop: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """The header, then the rows, each as wide and with its number; blank rows are none.

    Raises:
        MalformedError: names the drop, and the row where it can.
    """
    width = None
    try:
        for number, row in enumerate(KINDS[drop.suffix](drop), 1):
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


def _parquet_rows(drop: Path) -> Iterator[Sequence[Any]]:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415  # tens of megabytes that only a Parquet drop needs

    try:
        with parquet.ParquetFile(drop) as file:
            yield file.schema_arrow.names
            for batch in file.iter_batches(_BATCH):
                yield from zip(*[column.to_pylist() for column in batch.columns], strict=True)
    except ArrowException as error:
        raise MalformedError(f"{drop.name}: not a readable PARQUET file") from error


KINDS = {".csv": _csv_rows, ".xlsx": xlsx_rows, ".parquet": _parquet_rows}
"""How each kind of file is read, by the end of its name."""
