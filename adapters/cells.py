"""Cells of a drop, without the marks that spreadsheet programs add; damaged cells become faults."""

import re
from dataclasses import dataclass
from typing import Any

_MARKS = frozenset("='\u2018\u2019\uff07")
_LETTER = r"(?:(?![\u2e80-\uffff])[^\W\d_])"  # a letter of an alphabet, not a Chinese character
_QUOTED = re.compile(
    # not the apostrophe of a name such as 'n Tan, nor one of a pair of quotation marks
    rf"['\u2018\u2019\uff07](?!{_LETTER}+(?![0-9]|{_LETTER}))([^'\u2018\u2019\uff07]*)"
    r'|="([^"]*)"'
)
_SHORTENED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E[+-][0-9]{2,3}")
_BLANKS = re.compile(r"[\s:：]")
_TOTALS = frozenset({"合计", "小计", "总计"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Takes the place of a value that cannot be known; ``rule`` says why."""

    rule: str


@dataclass(frozen=True, slots=True)
class MergedCell(Fault):
    """A cell merged over several rows, or over columns if ``across``; ``value`` is the one it shows."""

    value: Any = None
    across: bool = False


def bare(cell: Any) -> Any:
    """Return a cell without surrounding blanks and without the ``'`` or ``="…"`` that marks a text."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if text[:1] in _MARKS:
        found = _QUOTED.fullmatch(text)
        if found is not None:
            return (found[1] or found[2] or "").strip()
        return text if text[0] != "=" else Fault("a formula instead of a value")
    if "E" in text and _SHORTENED.fullmatch(text):
        return Fault("a number that a spreadsheet has shortened")
    return text


def filled(cell: Any) -> Any:
    """Return a cell, or the shown value of a cell that is merged over rows of its own column."""
    return bare(cell.value) if isinstance(cell, MergedCell) and not cell.across else cell


def is_total(cell: Any) -> bool:
    """Return whether a cell marks its row as a sum of other rows (合计, 小计, 总计)."""
    shown = cell.value if isinstance(cell, MergedCell) else cell
    return isinstance(shown, str) and _BLANKS.sub("", shown) in _TOTALS
