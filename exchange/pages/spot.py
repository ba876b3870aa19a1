"""Where a seal is wanted on a page."""

from dataclasses import dataclass

LAST = 0
"""The last page."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a seal's centre is: the page (from 1; 0 is the last), and millimetres from its left and upper edge."""

    page: int
    x: float
    y: float


USUAL = At(LAST, 142.0, 250.0)
"""Where a seal usually is on A4: low and to the right."""
