"""Requested positions of seals on pages."""

from dataclasses import dataclass

LAST = 0
"""The last page."""


@dataclass(frozen=True, slots=True)
class At:
    """The seal's centre: the page (from 1; 0 is the last), and millimetres from the left and top."""

    page: int
    x: float
    y: float


USUAL = At(LAST, 142.0, 250.0)
"""The usual position of seals on A4: at the lower right."""
