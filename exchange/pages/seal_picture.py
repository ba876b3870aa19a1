"""Pictures of seals in the usual form: red, in 宋体 (国发〔1999〕25号, on seals of agencies).

Round seals have a ring, a star, the agency's name along the arc, and the kind below; name seals a square frame with the
name. Characters are narrow and bold, as in engraved seals.
"""

import math
import re
from xml.sax.saxutils import escape

from exchange.pages.fonts import family_of
from registry.agencies import Agency
from registry.seals.kinds import KINDS, SealKind
from registry.seals.seal import Seal

_SIZE = 420
_CENTRE = _SIZE / 2
_RING, _NAME_RADIUS, _STAR = 204.0, 152.0, 70.0
_SPREAD, _BESIDE_KIND = math.radians(250), math.radians(215)
_COLOUR = "#c8102e"
_CELLS = re.compile(  # a run of joining letters, or a character with its marks
    "[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefe\u0f00-\u0fff\u1800-\u18af\u200c\u200d]+"
    "|.[\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef]*"
).findall
_WIDE = 1.6
_NARROW, _STRONG = 0.8, 0.028
"""A character's width relative to its height, and the thickening of strokes relative to its size."""


ROUND_MM, SQUARE_MM = 42, 20
_SQUARE = 200


def drawing(seal: Seal, agency: Agency) -> str:
    """Return a seal's picture as SVG."""
    if KINDS[seal.kind].personal:
        return square_seal(seal.holder)
    return round_seal(agency.name, "" if seal.kind is SealKind.OFFICIAL else KINDS[seal.kind].title)


def millimetres(seal: Seal) -> int:
    """Return its width and height in millimetres."""
    return SQUARE_MM if KINDS[seal.kind].personal else ROUND_MM


def square_seal(holder: str) -> str:
    """Return a name seal as SVG, 20 mm square, in columns from right to left."""
    text = _CELLS(holder)
    text += ["印"] if len(text) in (1, 3) else []
    rows = 1 if len(text) == 1 else 2 if len(text) <= 4 else -(-len(text) // 2)  # noqa: PLR2004  # four fill a square
    columns = [text[at : at + rows] for at in range(0, len(text), rows)]
    inner = _SQUARE - 28
    width, height = inner / len(columns), inner / rows
    size, edge = min(width, height) * 0.94, _SQUARE - 12
    parts = [
        _canvas(_SQUARE, SQUARE_MM),
        f'<rect x="6" y="6" width="{edge}" height="{edge}" fill="none" stroke="{_COLOUR}" stroke-width="10"/>',
        f'<g fill="{_COLOUR}" stroke="{_COLOUR}" text-anchor="middle">',
    ]
    for at, column in enumerate(columns):
        x = _SQUARE - 14 - width * (at + 0.5)
        for row, character in enumerate(column):
            y = 14 + height * (row + 0.5)
            parts.append(f'<text x="{x:.1f}" y="{y:.1f}" {_set(character, size)}>{escape(character)}</text>')
    return "".join([*parts, "</g></svg>"])


def round_seal(name: str, kind: str = "") -> str:
    """Return a round seal as SVG, 42 mm in diameter; an agency's official seal has no kind."""
    parts = [
        _canvas(_SIZE, ROUND_MM),
        f'<g fill="none" stroke="{_COLOUR}"><circle cx="{_CENTRE}" cy="{_CENTRE}" r="{_RING}" stroke-width="10"/></g>',
        f'<g fill="{_COLOUR}" stroke="{_COLOUR}" text-anchor="middle">',
        f'<polygon points="{_star()}" stroke="none"/>',
        *_arc(name, _BESIDE_KIND if kind else _SPREAD),
        _kind(kind) if kind else "",
        "</g></svg>",
    ]
    return "".join(parts)


def _set(cell: str, size: float) -> str:
    """Return a cell's SVG text: its font, the largest fitting size, centred."""
    size *= min(1.0, _WIDE / len(cell))
    return f'{_drawn(cell, size)} dy="{size * 0.36:.1f}"'


def _drawn(cell: str, size: float) -> str:
    return f'font-family="{family_of(cell[0])}" font-size="{size:.1f}" stroke-width="{size * _STRONG:.2f}"'


def _kind(kind: str) -> str:
    size = min(32, 210 / len(kind))
    return f'<text x="{_CENTRE}" y="{_CENTRE + 126}" {_drawn(kind, size)}>{escape(kind)}</text>'


def _canvas(units: int, millimetres: int) -> str:
    box = f'viewBox="0 0 {units} {units}" width="{millimetres}mm" height="{millimetres}mm"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'


def _arc(text: str, widest: float) -> list[str]:
    name = _CELLS(text)
    gaps = max(len(name) - 1, 1)
    size = max(min(60, widest * _NAME_RADIUS / (gaps * 1.05 * _NARROW)), 18)
    apart = 1.4 if len(name) <= 8 else 1.12  # noqa: PLR2004  # short names are spaced widely
    spread = min(widest, gaps * size * apart / _NAME_RADIUS) if len(name) > 1 else 0.0
    parts = []
    for at, character in enumerate(name):
        angle = -spread / 2 + spread * at / max(len(name) - 1, 1)
        x, y = _CENTRE + _NAME_RADIUS * math.sin(angle), _CENTRE - _NAME_RADIUS * math.cos(angle)
        parts.append(
            f'<text transform="translate({x:.2f} {y:.2f}) rotate({math.degrees(angle):.2f}) scale({_NARROW} 1)" '
            f"{_set(character, size)}>{escape(character)}</text>"
        )
    return parts


def _star() -> str:
    points = []
    for at in range(10):
        radius = _STAR if at % 2 == 0 else _STAR * 0.382
        angle = math.pi * at / 5
        points.append(f"{_CENTRE + radius * math.sin(angle):.2f},{_CENTRE - radius * math.cos(angle):.2f}")
    return " ".join(points)
