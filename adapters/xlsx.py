"""Reading of XLSX drops: the rows of one sheet, with faults for cells that show another value."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook

from adapters.cells import Fault, MergedCell
from adapters.layout import Layout
from adapters.sheet import faulty_cells, padded_cells

_EXACT = 10**15
"""Spreadsheet programs keep 15 digits: larger numbers may have lost digits, and two may have become one."""

_TOO_LONG = "a number of more than 15 digits in a number cell; write it as text"
_Range = tuple[int, int, int, int]


def xlsx_rows(drop: Path, layout: Layout, _: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the rows of the first sheet, or of the one that the layout names, with their numbers.

    Raises:
        MalformedError: the workbook cannot be read, or uses the 1904 date system.
    """
    faults, padded = faulty_cells(drop, layout.sheet), padded_cells(drop, layout.sheet)
    book = CalamineWorkbook.from_path(str(drop))
    sheet = book.get_sheet_by_name(layout.sheet) if layout.sheet else book.get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)
    merged = _merged(sheet, len(rows))
    for number, cells in enumerate(rows, 1):
        row = list(map(_exact, cells))
        for column, width in padded.get(number, ()):
            if column < len(row) and type(row[column]) is int and row[column] >= 0:
                row[column] = str(row[column]).zfill(width)
        for top, bottom, left, right in merged.get(number, ()):
            value = row[left] if number == top else rows[top - 1][left]
            for column in range(left, min(right, len(row) - 1) + 1):
                row[column] = _merged_cell(value, top, bottom, across=left != right)
        for column, rule in faults.get(number, ()):
            if column < len(row):
                row[column] = Fault(rule)
        yield number, row


def _exact(value: Any) -> Any:
    """Return the number that its author typed or sees: rounded to 15 digits, as a spreadsheet shows it."""
    if not isinstance(value, float):
        return value
    shown = float(f"{value:.15g}")
    if not shown.is_integer():
        return shown
    return int(shown) if abs(shown) < _EXACT else Fault(_TOO_LONG)


def _merged(sheet: CalamineSheet, height: int) -> dict[int, list[_Range]]:
    """Return the merged cells by the number of each row that they cover."""
    found: dict[int, list[_Range]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        for number in range(top + 1, min(bottom + 1, height) + 1):
            found.setdefault(number, []).append((top + 1, bottom + 1, left, right))
    return found


def _merged_cell(value: Any, top: int, bottom: int, *, across: bool) -> MergedCell:
    rule = f"a cell that is merged with others, in rows {top} to {bottom}"
    return MergedCell(rule, _exact(value), across)
