"""Findings about a department's store, with places and counts but no values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adapters.reach import KeyCount

EXAMPLES = 5


class Problem(StrEnum):
    """The kind of a finding."""

    DESCRIPTION = "description"
    CONNECTION = "connection"
    SCHEMA = "schema"
    VALUE = "value"
    CODE = "code"
    KEY = "key"
    ENCODING = "encoding"
    UNREADABLE = "unreadable"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its place in the description, the rule, how many rows break it, and the first of them."""

    problem: Problem
    where: str
    detail: str = ""
    count: int = 0
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking one dataset.

    ``rows`` is None where rows cannot be read without a key, and ``keys`` where the store's keys were not counted.
    """

    dataset: str
    findings: Sequence[Finding]
    rows: int | None = None
    encoding: str = ""
    as_of: datetime | None = None
    keys: KeyCount | None = None


def counted(problem: Problem, where: str, detail: str, rows: Sequence[int]) -> Finding:
    """Return a finding about rows, of which it names the first."""
    return Finding(problem, where, detail, len(rows), tuple(rows[:EXAMPLES]))
