"""Tests of XLSX drops: a cell has the value that its author sees, or the drop is refused."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adapters import sheet
from adapters.cells import Fault, MergedCell
from adapters.drops import read_rows
from adapters.errors import MalformedError
from adapters.layout import Layout


def saved(path: Path, rows: list[list[object]], further: list[list[object]] | None = None) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    for row in further or []:
        (book["notes"] if "notes" in book.sheetnames else book.create_sheet("notes")).append(row)
    book.save(path)
    return path


def rows_of(drop: Path, **settings: Any) -> list[Any]:
    return [row for _, row in read_rows(drop, Layout(**settings))]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
@pytest.mark.parametrize("read", [1 << 20, 100])
def test_a_cell_that_holds_an_error_is_no_blank_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, read: int
) -> None:
    monkeypatch.setattr(sheet, "_READ", read)
    drop = saved(tmp_path / "things.xlsx", [["id", "name"], ["1", "a"], ["2", error]])
    assert rows_of(drop)[2] == ["2", Fault("cell B3 holds an error instead of a value")]


@pytest.mark.parametrize("read", [1 << 20, 100])
def test_a_formula_without_its_value_is_no_blank_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: int
) -> None:
    monkeypatch.setattr(sheet, "_READ", read)
    drop = saved(tmp_path / "things.xlsx", [["id", "name", "x"], ["1", "=A2&B2", "b"], ["2", "a", "=1+1"]])
    assert rows_of(drop)[1:] == [
        ["1", Fault("cell B2 holds a formula whose value was never saved"), "b"],
        ["2", "a", Fault("cell C3 holds a formula whose value was never saved")],
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (b'<c r="D2"><f>1+1</f><v>2</v></c>', 2), (b'<c r="D2"><f>0.1+0.2</f><v>0.30000000000000004</v></c>', 0.3),
        (b'<c r="D2"><f>1.1*3</f><v>3.3000000000000003</v></c>', 3.3), (b'<c r="D2"><f>A2</f><v>59.999999999999993</v></c>', 60),
        (b'<c r="D2"><v>1.1000000000000001</v></c>', 1.1), (b'<c r="D2"><v>123456789012.345</v></c>', 123456789012.345), (b'<c r="D2" t="str"><f>"a"</f><v>a</v></c>', "a"),
        (b'<c r="D2" t="str"><f>""</f><v></v></c>', ""), (b'<c r="D2"><f t="shared" si="0"/><v>3</v></c>', 3),
        (b'<c r="D2"><f t="shared" si="0"/></c>', Fault("cell D2 holds a formula whose value was never saved")),
        (b'<c r="D2"><f>1+1</f><v/></c>', Fault("cell D2 holds a formula whose value was never saved")),
    ],
)  # fmt: skip
def test_a_formula_is_the_value_that_was_saved_with_it(tmp_path: Path, cell: bytes, value: object) -> None:
    whole = saved(tmp_path / "whole.xlsx", [["a", "b", "c", "d"], [1, 2, 3, 4]])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "made.xlsx", "w") as made:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("sheet1.xml"):
                at = part.index(b'<c r="D2"')
                part = part[:at] + cell + part[part.index(b"</c>", at) + 4 :]
            made.writestr(name, part)
    assert rows_of(tmp_path / "made.xlsx")[1] == [1, 2, 3, value]


def test_errors_beside_the_rows_and_words_about_errors_are_none(tmp_path: Path) -> None:
    words = ['<c r="A1" t="e">', 't="e"', "#N/A: see notes"]
    drop = saved(tmp_path / "things.xlsx", [["a", "b", "c"], list(words)], [["#REF!"]])
    assert rows_of(drop) == [["a", "b", "c"], words]


def test_a_number_cell_is_the_number_that_was_typed(tmp_path: Path) -> None:
    drop = saved(tmp_path / "things.xlsx", [["a", "b"], [202011, 1.5], [320505199001011, -1]])
    assert rows_of(drop)[1:] == [[202011, 1.5], [320505199001011, -1]]


@pytest.mark.parametrize("read", [1 << 20, 100])
def test_a_number_has_the_leading_zeros_that_it_is_shown_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: int
) -> None:
    monkeypatch.setattr(sheet, "_READ", read)
    drop = saved(
        tmp_path / "things.xlsx",
        [["a", "b", "c", "d"], [123, 123, 1.5, "x"], [1234567, None, -1, 5], [True, "", "", ""]],
    )
    book = load_workbook(drop)
    for place in ("A2", "A3", "A4", "B3", "C2", "C3", "D2"):
        book.active[place].number_format = "000000"  # type: ignore[index]
    book.active["D3"].number_format = "0.00"  # type: ignore[index]
    book.save(drop)
    assert rows_of(drop)[1:] == [["000123", 123, 1.5, "x"], ["1234567", "", -1, 5], [True, "", "", ""]]


@pytest.mark.parametrize("number", [320505199001011234, 10**15, -(10**15), 1.10105e17])
def test_a_number_beyond_fifteen_digits_may_be_another_one(tmp_path: Path, number: float) -> None:
    drop = saved(tmp_path / "things.xlsx", [["a"], [number]])
    assert rows_of(drop)[1] == [Fault("a number of more than 15 digits in a number cell; write it as text")]


def test_a_merged_cell_is_no_value_but_of_its_own_column(tmp_path: Path) -> None:
    drop = saved(tmp_path / "things.xlsx", [["a", "b", "c"], ["1", "x", "y"], ["", "z", "z"], ["2", "w", ""]])
    book = load_workbook(drop)
    book.active.merge_cells("A2:A3")  # type: ignore[union-attr]
    book.active.merge_cells("B4:C4")  # type: ignore[union-attr]
    book.save(drop)
    rule = "a cell that is merged with others, in rows {} to {}"
    alone, across = MergedCell(rule.format(2, 3), "1"), MergedCell(rule.format(4, 4), "w", across=True)
    assert rows_of(drop)[1:] == [[alone, "x", "y"], [alone, "z", "z"], ["2", across, across]]


def test_sheet_and_header_are_where_the_description_says(tmp_path: Path) -> None:
    drop = saved(tmp_path / "things.xlsx", [["nothing"]], [["花名册", ""], ["", ""], ["a", "b"], ["1", "2"]])
    assert rows_of(drop, sheet="notes", header_row=3) == [["a", "b"], ["1", "2"]]
    with pytest.raises(MalformedError, match="no sheet of the described name"):
        rows_of(drop, sheet="other")


def test_a_workbook_that_counts_from_1904_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.save(tmp_path / "mac.xlsx")
    with pytest.raises(MalformedError, match="1904"):
        rows_of(tmp_path / "mac.xlsx")


@pytest.mark.parametrize("spelled", [str.upper, lambda name: name.replace("/", "\\")])
def test_parts_are_found_however_their_names_are_spelled(tmp_path: Path, spelled: Callable[[str], str]) -> None:
    whole = saved(tmp_path / "whole.xlsx", [["a"], ["b"]])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd:
        for name in source.namelist():
            odd.writestr(spelled(name) if "worksheets" in name else name, source.read(name))
    assert rows_of(tmp_path / "odd.xlsx") == [["a"], ["b"]]


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_half_a_workbook_is_not_read(tmp_path: Path, missing: str) -> None:
    whole = saved(tmp_path / "whole.xlsx", [["a"], ["b"]])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "half.xlsx", "w") as half:
        for name in source.namelist():
            if name != missing:
                half.writestr(name, source.read(name))
    with pytest.raises(MalformedError, match="not a readable XLSX"):
        list(read_rows(tmp_path / "half.xlsx"))
