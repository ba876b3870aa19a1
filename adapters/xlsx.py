"""Reading XLSX: the rows of a workbook's first sheet."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from posixpath import join, normpath
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse
from python_calamine import CalamineWorkbook

from adapters.errors import MalformedError

_EXACT = 2**53
_READ = 1 << 20
_ERROR_CELL = re.compile(rb"""<(?:\w+:)?c\s(?=[^>]*\bt=["']e["'])(?:[^>]*?\br=["']([A-Z]+[0-9]+)["'])?""")


def xlsx_rows(drop: Path) -> Iterator[Sequence[Any]]:
    """The rows of the first sheet.

    Raises:
        MalformedError: a cell holds an error, or a number that a cell does not hold.
    """
    _refuse_errors(drop)
    for number, row in enumerate(CalamineWorkbook.from_path(str(drop)).get_sheet_by_index(0).to_python(), 1):
        yield [_whole(value, f"{drop.name} row {number}") for value in row]


def _whole(value: Any, where: str) -> Any:
    """A number cell without a fraction is the whole number that its author typed, up to what such a cell can hold."""
    if not isinstance(value, float) or not value.is_integer():
        return value
    if abs(value) >= _EXACT:
        raise MalformedError(f"{where}: a number of more digits than a number cell holds; write it as text")
    return int(value)


def _refuse_errors(drop: Path) -> None:
    """Refuse a sheet with a cell that holds an error (#N/A, #REF!): the reader of rows gives it as blank."""
    try:
        with ZipFile(drop) as archive, archive.open(_first_sheet(archive)) as sheet:
            rest = b""
            while block := sheet.read(_READ):
                text = rest + block
                if found := _ERROR_CELL.search(text):
                    cell = found[1].decode() if found[1] else "unnamed"
                    raise MalformedError(f"{drop.name}: cell {cell} holds an error instead of a value")
                rest = text[text.rfind(b"<") :]
    except (BadZipFile, KeyError, ParseError, DefusedXmlException) as error:
        raise MalformedError(f"{drop.name}: not a readable XLSX file") from error


def _first_sheet(archive: ZipFile) -> str:
    """The name of the first sheet's part (ECMA-376-1, 18.2.20); KeyError if there is none."""
    parts = {name.replace("\\", "/").lower(): name for name in archive.namelist()}  # names are the same in any case
    with (
        archive.open(parts["xl/workbook.xml"]) as book,
        archive.open(parts["xl/_rels/workbook.xml.rels"]) as relations,
    ):
        sheets = [sheet.items() for sheet in parse(book).iterfind("{*}sheets/{*}sheet")]
        targets = {item.get("Id"): item.get("Target", "") for item in parse(relations).iter()}
    named = next((value for items in sheets[:1] for name, value in items if name.endswith("}id")), "")
    return parts[normpath(join("/xl", targets[named].replace("\\", "/")))[1:].lower()]
