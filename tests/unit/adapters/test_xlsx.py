"""A cell of a workbook is what its author sees in it, or the drop is refused."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from adapters import xlsx
from adapters.drops import read_rows
from adapters.errors import MalformedError


def saved(path: Path, rows: list[list[object]], further: list[list[object]] | None = None) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    for row in further or []:
        (book["notes"] if "notes" in book.sheetnames else book.create_sheet("notes")).append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
@pytest.mark.parametrize("read", [1 << 20, 100])
def test_a_cell_that_holds_an_error_is_no_blank_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, read: int
) -> None:
    monkeypatch.setattr(xlsx, "_READ", read)
    drop = saved(tmp_path / "things.xlsx", [["id", "name"], ["1", "a"], ["2", error]])
    with pytest.raises(MalformedError, match=r"things\.xlsx: cell B3 holds an error"):
        list(read_rows(drop))


def test_errors_beside_the_rows_and_words_about_errors_are_none(tmp_path: Path) -> None:
    words = ['<c r="A1" t="e">', 't="e"', "#N/A: see notes"]
    drop = saved(tmp_path / "things.xlsx", [["a", "b", "c"], list(words)], [["#REF!"]])
    assert [row for _, row in read_rows(drop)] == [["a", "b", "c"], words]


def test_a_number_cell_is_the_number_that_was_typed(tmp_path: Path) -> None:
    drop = saved(tmp_path / "things.xlsx", [["a", "b"], [202011, 1.5]])
    assert [row for _, row in read_rows(drop)][1] == [202011, 1.5]
    drop = saved(tmp_path / "things.xlsx", [["a"], [320505199001011234]])
    with pytest.raises(MalformedError, match="row 2: a number of more digits"):
        list(read_rows(drop))


@pytest.mark.parametrize("spelled", [str.upper, lambda name: name.replace("/", "\\")])
def test_parts_are_found_however_their_names_are_spelled(tmp_path: Path, spelled: Callable[[str], str]) -> None:
    whole = saved(tmp_path / "whole.xlsx", [["a"], ["b"]])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd:
        for name in source.namelist():
            odd.writestr(spelled(name) if "worksheets" in name else name, source.read(name))
    assert [row for _, row in read_rows(tmp_path / "odd.xlsx")] == [["a"], ["b"]]


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_half_a_workbook_is_not_read(tmp_path: Path, missing: str) -> None:
    whole = saved(tmp_path / "whole.xlsx", [["a"], ["b"]])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "half.xlsx", "w") as half:
        for name in source.namelist():
            if name != missing:
                half.writestr(name, source.read(name))
    with pytest.raises(MalformedError, match="not a readable XLSX"):
        list(read_rows(tmp_path / "half.xlsx"))
