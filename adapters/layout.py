"""The layout of a drop, where it is more than rows after a header."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from registry.errors import RuleError
from registry.parsing import STRICT

DELIMITERS = (",", ";", "\t")


class Encoding(StrEnum):
    """The encoding of a CSV drop; GB 18030 includes GBK and GB 2312."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    GB18030 = "gb18030"


class Merged(StrEnum):
    """The handling of merged cells in a key column: refuse the rows, or use the key for all of them."""

    REFUSE = "refuse"
    FILL = "fill"


class BadRows(StrEnum):
    """The handling of bad rows: refuse the whole drop, or set the rows aside."""

    REFUSE = "refuse"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class Layout:
    """Settings of a layout; empty or 0 means detected if unambiguous, otherwise first sheet or first row."""

    __pydantic_config__: ClassVar[ConfigDict] = {**STRICT, "str_strip_whitespace": False}

    encoding: Encoding | None = None
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    skip_totals: bool = False
    merged: Merged = Merged.REFUSE
    on_bad_row: BadRows = BadRows.REFUSE

    def __post_init__(self) -> None:
        if self.delimiter not in ("", *DELIMITERS):
            raise RuleError("delimiter", "a comma, a semicolon or a tab")
        if self.header_row < 0:
            raise RuleError("header_row", "the number of a row, from 1")
