"""Parsing of a workbook's XML for cells whose value the row reader would get wrong."""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath
from xml.etree.ElementTree import Element, ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from adapters.errors import MalformedError

_READ = 1 << 20
_ERROR = "an error instead of a value"
_NEVER_COMPUTED = "a formula whose value was never saved"
_SUSPECT = re.compile(rb"""\bt=["']e["']|<(?:\w+:)?f[\s>/]""")
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>])([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PREFIXED_END = re.compile(rb"</\w+:c>")
_REFERENCE = re.compile(rb"""\br=["']([A-Z]+)([0-9]+)["']""")
_TYPE = re.compile(rb"""\bt=["'](\w+)["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_STYLE = re.compile(rb"""\bs=["']([0-9]+)["']""")
_BEGIN = re.compile(rb"<(?:\w+:)?c(?=\s)([^>]*)(?<!/)>")
_PADDED = re.compile("0{2,}")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^>]*?(/?)>([^<]*)")


def faulty_cells(drop: Path, sheet: str) -> dict[int, list[tuple[int, str]]]:
    """Return, by row number, the columns (from 0) with an error or a formula without value, and the rule.

    Raises:
        MalformedError: the file is no workbook, lacks the sheet, or has a faulty cell without a position.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    try:
        with ZipFile(drop) as archive:
            for place, rule in (fault for cells in _cells(archive, sheet, drop.name) for fault in _faults(cells)):
                if place is None:
                    raise MalformedError(f"{drop.name}: a cell holds {rule}")
                found.setdefault(place[0], []).append((place[1], f"cell {place[2]} holds {rule}"))
    except (BadZipFile, KeyError, ParseError, DefusedXmlException) as error:
        raise MalformedError(f"{drop.name}: not a readable XLSX file") from error
    return found


def padded_cells(drop: Path, sheet: str) -> dict[int, list[tuple[int, int]]]:
    """Return by row number the columns (from 0) of numbers shown with leading zeros, and their digits.

    Raises:
        MalformedError: the file is no workbook, or lacks the sheet.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    try:
        with ZipFile(drop) as archive:
            if not (styles := _padded_styles(archive)):
                return found
            for attributes in (each for cells in _cells(archive, sheet, drop.name) for each in _BEGIN.findall(cells)):
                style, place = _STYLE.search(attributes), _cell_position(attributes)
                if style and place and (width := styles.get(int(style[1]))):
                    found.setdefault(place[0], []).append((place[1], width))
    except (BadZipFile, KeyError, ValueError, ParseError, DefusedXmlException) as error:
        raise MalformedError(f"{drop.name}: not a readable XLSX file") from error
    return found


def _padded_styles(archive: ZipFile) -> dict[int, int]:
    """Return the styles that fill numbers up with zeros, each with the number of digits."""
    name = next((item for item in archive.namelist() if item.replace("\\", "/").lower() == "xl/styles.xml"), "")
    if not name:
        return {}
    with archive.open(name) as part:
        root = parse(part)
    codes = {item.get("numFmtId"): item.get("formatCode", "") for item in root.findall("{*}numFmts/{*}numFmt")}
    styles = enumerate(root.findall("{*}cellXfs/{*}xf"))
    padded = {at: codes.get(style.get("numFmtId"), "") for at, style in styles}
    return {at: len(code) for at, code in padded.items() if _PADDED.fullmatch(code)}


def _cells(archive: ZipFile, sheet: str, name: str) -> Iterator[bytes]:
    """Yield the text of a sheet's part in pieces that end with a whole cell."""
    with archive.open(_part_name(archive, sheet, name)) as part:
        rest = b""
        while block := part.read(_READ):
            text = rest + block
            whole = _complete(text)
            yield text[:whole]
            rest = text[whole:]


def _complete(text: bytes) -> int:
    """Return the length up to the end of the last complete cell."""
    at = text.rfind(b"</c>")
    return at + len(b"</c>") if at >= 0 else max((end.end() for end in _PREFIXED_END.finditer(text)), default=0)


def _faults(text: bytes) -> Iterator[tuple[tuple[int, int, str] | None, str]]:
    if not _SUSPECT.search(text):
        return
    for attributes, content in _CELL.findall(text):
        kind = _TYPE.search(attributes)
        kind_name = kind[1] if kind else b"n"
        if kind_name == b"e":
            yield _cell_position(attributes), _ERROR
        elif _FORMULA.search(content):
            value = _VALUE.search(content)
            if value is None or (not value[2] and kind_name not in (b"str", b"inlineStr")):
                yield _cell_position(attributes), _NEVER_COMPUTED


def _cell_position(attributes: bytes) -> tuple[int, int, str] | None:
    found = _REFERENCE.search(attributes)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - ord("A") + 1
    return int(found[2]), column - 1, (found[1] + found[2]).decode()


def _part_name(archive: ZipFile, sheet: str, name: str) -> str:
    """Return the name of a sheet's part (ECMA-376-1, 18.2.20), by default the first sheet's.

    Raises:
        KeyError: there is no such sheet.
    """
    parts = {item.replace("\\", "/").lower(): item for item in archive.namelist()}  # part names are case-insensitive
    with (
        archive.open(parts["xl/workbook.xml"]) as book,
        archive.open(parts["xl/_rels/workbook.xml.rels"]) as relations,
    ):
        root = parse(book)
        targets = {item.get("Id"): item.get("Target", "") for item in parse(relations).iter()}
    settings = root.find("{*}workbookPr")
    if settings is not None and settings.get("date1904") in ("1", "true"):
        raise MalformedError(f"{name}: counts days from 1904; save it with days from 1900")
    sheets: list[Element] = root.findall("{*}sheets/{*}sheet")
    if sheet and sheet not in [item.get("name") for item in sheets]:
        raise MalformedError(f"{name}: has no sheet of the described name")
    wanted = [item for item in sheets if not sheet or item.get("name") == sheet]
    named = next((value for item in wanted[:1] for key, value in item.items() if key.endswith("}id")), "")
    return parts[normpath(join("/xl", targets[named].replace("\\", "/")))[1:].lower()]
