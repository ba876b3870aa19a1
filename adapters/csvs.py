"""Reading of CSV drops; encoding and delimiter are detected where unambiguous, otherwise described."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.cells import bare
from adapters.errors import MalformedError
from adapters.layout import DELIMITERS, Encoding, Layout

_READ = 1 << 20
_HEAD = 1 << 16
_WIDE = re.compile("[\u0800-\U0010ffff]")
_CODECS = {"ascii": "utf-8", "utf-8": "utf-8-sig", "utf-16": "utf-16", "other": "gb18030", "doubtful": ""}
_ALLOWED = {
    Encoding.UTF_8: ("ascii", "utf-8", "doubtful"),
    Encoding.UTF_16: ("utf-16",),
    Encoding.GB18030: ("ascii", "other", "doubtful"),
}


def csv_rows(drop: Path, layout: Layout, columns: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of a CSV drop, each with the number of its last line.

    Raises:
        MalformedError: encoding or delimiter are ambiguous or not as described; says up to which line.
    """
    codec = _codec(drop, layout.encoding, columns)
    delimiter = layout.delimiter or _delimiter(drop, codec, layout.header_row, columns)
    with drop.open(encoding=codec, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            why = f"up to line {reader.line_num} a quote out of place, or another delimiter"
            raise MalformedError(f"{drop.name}: not a readable CSV file: {why}") from error


def _codec(drop: Path, described: Encoding | None, columns: Sequence[str]) -> str:
    found = _detected_codec(drop)
    if described is not None:
        if found not in _ALLOWED[described]:
            raise MalformedError(f"{drop.name}: not in {described.value}, as its description says")
        return "gb18030" if described is Encoding.GB18030 else _CODECS[found] or "utf-8"
    if found == "doubtful" or (found == "other" and not _named_in_gb18030(drop, columns)):
        raise MalformedError(f"{drop.name}: its encoding cannot be told for sure; say it in the description (drop)")
    return _CODECS[found]


def _detected_codec(drop: Path) -> str:
    """Return the encoding that a file has, by its bytes alone.

    Texts in GB 18030 of a few characters can be valid UTF-8 of two bytes a character, but hardly of three: a file that
    is valid UTF-8 without any character of three bytes is doubtful.
    """
    with drop.open("rb") as file:
        head = file.read(3)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        ascii_only, wide = True, head == codecs.BOM_UTF8
        try:
            while block := file.read(_READ):
                text = decoder.decode(block)
                ascii_only = ascii_only and block.isascii()
                wide = wide or (not ascii_only and _WIDE.search(text) is not None)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "other"
    return "ascii" if ascii_only else "utf-8" if wide else "doubtful"


def _named_in_gb18030(drop: Path, columns: Sequence[str]) -> bool:
    """Return whether a file's header in GB 18030 has the described columns, some of them in Chinese."""
    with drop.open("rb") as file:
        head = file.read(_HEAD).decode("gb18030", "ignore")
    return any(not column.isascii() for column in columns) and all(column in head for column in columns)


def _delimiter(drop: Path, codec: str, header_row: int, columns: Sequence[str]) -> str:
    """Return the delimiter by which the header has every described column."""
    headers = {mark: _header(drop, codec, header_row, mark) for mark in DELIMITERS}
    fitting = {mark: header for mark, header in headers.items() if header and set(columns) <= set(header)}
    if len(set(fitting.values())) > 1:
        raise MalformedError(f"{drop.name}: its delimiter cannot be told; say it in the description (drop)")
    return next(iter(fitting), ",")


def _header(drop: Path, codec: str, header_row: int, delimiter: str) -> tuple[str, ...]:
    with drop.open(encoding=codec, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                if reader.line_num >= header_row and any(cell.strip() for cell in row):
                    return tuple(str(bare(cell)) for cell in row)
        except csv.Error:
            pass
    return ()
