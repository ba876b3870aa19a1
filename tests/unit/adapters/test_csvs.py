"""Tests of CSV drops: encoding and delimiter are detected, or refused if ambiguous."""

from pathlib import Path
from typing import Any

import pytest

from adapters.cells import Fault
from adapters.drops import read_rows
from adapters.errors import MalformedError
from adapters.layout import Encoding, Layout

CHINESE = ("身份证号", "姓名")
LATIN = ("SFZH", "XM")


def written(folder: Path, text: str, encoding: str) -> Path:
    drop = folder / "things.csv"
    drop.write_bytes(text.encode(encoding))
    return drop


def rows_of(drop: Path, columns: tuple[str, ...], **settings: Any) -> list[Any]:
    return [row for _, row in read_rows(drop, Layout(**settings), columns)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found_by_the_described_columns(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = [list(CHINESE), ["1", "阿依努尔·买买提,王;李"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    drop = written(tmp_path, "\r\n".join(lines), encoding)
    assert rows_of(drop, CHINESE) == rows


@pytest.mark.parametrize(
    ("encoding", "described"), [("gbk", Encoding.GB18030), ("utf-16", Encoding.UTF_16), ("utf-8", Encoding.UTF_8)]
)
def test_an_encoding_is_as_described_or_the_drop_is_refused(tmp_path: Path, encoding: str, described: Encoding) -> None:
    drop = written(tmp_path, "SFZH,XM\n1,张三\n", encoding)
    assert rows_of(drop, LATIN, encoding=described)[1] == ["1", "张三"]
    for other in set(Encoding) - {described}:
        with pytest.raises(MalformedError, match="as its description says"):
            rows_of(drop, LATIN, encoding=other)


@pytest.mark.parametrize(
    ("text", "encoding"), [("SFZH,XM\n1,张三\n", "gbk"), ("SFZH,XM\n1,联通\n", "gbk"), ("SFZH,XM\n1,José\n", "utf-8"), ("SFZH,XM\n1,王\n", "big5"), ("SFZH,XM\n1,王\n", "utf-16-le")]
)  # fmt: skip
def test_an_encoding_that_could_be_two_is_not_guessed(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(MalformedError, match=r"encoding cannot be told"):
        rows_of(written(tmp_path, text, encoding), LATIN)


def test_bytes_that_are_no_characters_are_refused(tmp_path: Path) -> None:
    drop = tmp_path / "things.csv"
    drop.write_bytes("身份证号,姓名\n1,张三\n".encode("gbk") + b"2,\xff\xff\n")
    with pytest.raises(MalformedError, match="not a readable CSV"):
        rows_of(drop, CHINESE)


def test_a_delimiter_and_a_header_row_are_as_described(tmp_path: Path) -> None:
    drop = written(tmp_path, "花名册,2026年\n\nSFZH;XM\n1;a,b\n", "utf-8")
    assert rows_of(drop, LATIN, header_row=3) == [["SFZH", "XM"], ["1", "a,b"]]
    assert rows_of(drop, LATIN, header_row=3, delimiter=",") == [
        ["SFZH;XM"],
        Fault("more or fewer columns than the header"),
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("'110105194912310011", "110105194912310011"), ('="110105194912310011"', "110105194912310011"), ('"=""007"""', "007"),
        ("\xa0张三\u3000", "张三"), ("'n Tan", "'n Tan"), ("‘十三五’规划", "‘十三五’规划"), ("1.5e+12", "1.5e+12"),
        ("'张三", "张三"), ("'H12345678", "H12345678"), ("'１２３", "１２３"), ("‘110105", "110105"), ("'-5", "-5"), ("'", ""),
        ("1.23E+05", Fault("a number that a spreadsheet has shortened")), ("5E+02", Fault("a number that a spreadsheet has shortened")), ("1.23E-05", Fault("a number that a spreadsheet has shortened")),
        ("1.10105E+17", Fault("a number that a spreadsheet has shortened")), ("=A1&B1", Fault("a formula instead of a value")),
    ],
)  # fmt: skip
def test_the_marks_of_a_spreadsheet_around_a_value_are_removed(tmp_path: Path, cell: str, value: Any) -> None:
    drop = written(tmp_path, f"SFZH,XM\n{cell},张三\n", "utf-8")
    assert rows_of(drop, LATIN)[1] == [value, "张三"]


def test_a_header_that_fits_two_delimiters_needs_a_described_one(tmp_path: Path) -> None:
    drop = written(tmp_path, "SFZH,XM,x;SFZH;XM\n1,2,3;4;5\n", "utf-8")
    with pytest.raises(MalformedError, match="delimiter cannot be told"):
        rows_of(drop, LATIN)
    assert rows_of(drop, LATIN, delimiter=";")[1] == ["1,2,3", "4", "5"]


def test_a_stray_quote_or_another_delimiter_is_reported_with_its_line(tmp_path: Path) -> None:
    drop = tmp_path / "x.csv"
    drop.write_text('A,B\n1,2\n"1"x,2\n')
    with pytest.raises(MalformedError, match="not a readable CSV file: up to line 3 a quote"):
        list(read_rows(drop, Layout(), ("A", "B")))
    drop.write_text('"A","B"\n"1","2"\n')
    with pytest.raises(MalformedError, match="up to line 1 a quote out of place, or another delimiter"):
        list(read_rows(drop, Layout(delimiter=";"), ("A", "B")))
