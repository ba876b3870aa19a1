"""Cells of a drop: what a spreadsheet program wraps around a value is taken off, what it damaged is a fault."""

import re
from dataclasses import dataclass
from typing import Any

_MARKS = frozenset("='\u2018\u2019\uff07")
_LETTER = r"(?:(?![\u2e80-\uffff])[^\W\d_])"  # of an alphabet
_QUOTED = re.compile(
    # not the apostrophe of 'n Tan, nor one of a pair
    rf"['\u2018\u2019\uff07](?!{_LETTER}+(?![0-9]|{_LETTER}))([^'\u2018\u2019\uff07]*)"
    r'|="([^"]*)"'
)
_SHORTENED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E[+-][0-9]{2,3}")
_BLANKS = re.compile(r"[\s:：]")
_TOTALS = frozenset({"合计", "小计", "总计"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in the place of a value that cannot be known; ``rule`` says why."""

    rule: str


@dataclass(frozen=True, slots=True)
class MergedCell(Fault):
    """A cell that is merged with others, of several rows or ``across`` columns; ``value`` is the one that they show."""

    value: Any = None
    across: bool = False


def bare(cell: Any) -> Any:
    """A cell without blanks around, and without the ``'`` or ``="…"`` that keeps a number a text."""
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
    """A cell, or the value of one that is merged over rows of its own column."""
    return bare(cell.value) if isinstance(cell, MergedCell) and not cell.across else cell


def is_total(cell: Any) -> bool:
    """Whether a cell says that its row is a sum of others (合计, 小计, 总计)."""
    shown = cell.value if isinstance(cell, MergedCell) else cell
    return isinstance(shown, str) and _BLANKS.sub("", shown) in _TOTALS
