"""The layout of a drop, where its description says more than that rows follow a header."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from registry.errors import RuleError
from registry.parsing import STRICT

DELIMITERS = (",", ";", "\t")


class Encoding(StrEnum):
    """How a CSV drop is encoded. GB 18030 has GBK and GB 2312 in it."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    GB18030 = "gb18030"


class Merged(StrEnum):
    """What is done about a merged cell in a key column: refuse its rows, or let its key stand for all of them."""

    REFUSE = "refuse"
    FILL = "fill"


class BadRows(StrEnum):
    """What is done about rows that do not fit: refuse the whole drop, or leave them out and say so."""

    REFUSE = "refuse"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class Layout:
    """What is empty or 0 is found out where that is safe; the first sheet and the first row are the defaults."""

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
