"""Reading of drops: the rows of CSV, XLSX and Parquet files."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError

from adapters.cells import Fault, bare, filled
from adapters.csvs import csv_rows
from adapters.errors import MalformedError
from adapters.layout import Layout
from adapters.single import of_binary
from adapters.xlsx import xlsx_rows

_BATCH = 5_000
_BLANK = (None, "")

Row = Sequence[Any] | Fault
"""The cells of a row, or the fault by which its cells cannot be told apart."""


def read_rows(drop: Path, layout: Layout | None = None, columns: Sequence[str] = ()) -> Iterator[tuple[int, Row]]:
    """Yield the header and then the rows, each with its number; blank rows are skipped.

    Raises:
        MalformedError: names the drop and what is wrong with the whole file.
    """
    layout = layout or Layout()
    width = None
    try:
        for number, cells in KINDS[drop.suffix](drop, layout, columns):
            if number < layout.header_row:
                continue
            row = list(map(bare, cells))
            if not any(value not in _BLANK for value in row):
                continue
            if width is None:
                width = len(row)
                yield number, list(map(filled, row))
            else:
                yield number, row if len(row) == width else Fault("more or fewer columns than the header")
    except (csv.Error, CalamineError, UnicodeError) as error:
        raise MalformedError(f"{drop.name}: not a readable {drop.suffix[1:].upper()} file") from error
    except (ValueError, OverflowError) as error:  # a time outside the calendar
        raise MalformedError(f"{drop.name}: holds a value that cannot be read") from error


def _parquet_rows(drop: Path, _: Layout, __: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
    from pyarrow import ArrowException, parquet, types  # noqa: PLC0415  # imports tens of megabytes, for Parquet alone

    try:
        with parquet.ParquetFile(drop) as file:
            number = 1
            yield number, file.schema_arrow.names
            short = [types.is_float16(item.type) or types.is_float32(item.type) for item in file.schema_arrow]
            for batch in file.iter_batches(_BATCH):
                lists = [column.to_pylist() for column in batch.columns]
                lists = [list(map(_short, item)) if own else item for item, own in zip(lists, short, strict=True)]
                for row in zip(*lists, strict=True):
                    number += 1
                    yield number, row
    except ArrowException as error:
        raise MalformedError(f"{drop.name}: not a readable PARQUET file") from error


def _short(value: float | None) -> Any:
    found = None if value is None else of_binary(value)
    return Fault("a number of single precision that may be rounded") if found is None and value is not None else found


KINDS = {".csv": csv_rows, ".xlsx": xlsx_rows, ".parquet": _parquet_rows}
"""The reader of each kind of file, by file name extension."""
