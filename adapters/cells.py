"""Cells of a drop: what a spreadsheet program wraps around a value is taken off, what it damaged is a fault."""

import re
from dataclasses import dataclass
from typing import Any

from adapters.plain import plain

_MARKS = frozenset("'=")
_QUOTED = re.compile(r"'([0-9][0-9A-Za-z./-]*)|=\"([^\"]*)\"")
_SHORTENED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E\+(?:1[1-9]|[2-9][0-9]|[0-9]{3})")
_BLANKS = re.compile(r"[\s:：]")
_TOTALS = frozenset({"合计", "小计", "总计"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in the place of a value that cannot be known; ``rule`` says why."""

    rule: str


@dataclass(frozen=True, slots=True)
class MergedCell(Fault):
    """A cell of one column that is merged over several rows; ``value`` is the one that they show."""

    value: Any = None


def bare(cell: Any) -> Any:
    """A cell without blanks around, and without the ``'`` or ``="…"`` that keeps a number a text."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if text[:1] in _MARKS:
        found = _QUOTED.fullmatch(text)
        if found is not None:
            return (found[1] or found[2] or "").strip()
        return text if text[0] == "'" else Fault("a formula instead of a value")
    if "E+" in text and _SHORTENED.fullmatch(text):
        return Fault("a number that a spreadsheet has shortened")
    return text


def is_total(cell: Any) -> bool:
    """Whether a cell says that its row is a sum of others (合计, 小计, 总计)."""
    return isinstance(cell, str) and _BLANKS.sub("", plain(cell)) in _TOTALS
