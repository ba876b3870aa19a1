"""The picture of a seal, as such seals look: a ring, a star, the agency's name along the arc, the kind below."""

import math
from xml.sax.saxutils import escape

_SIZE = 420
_CENTRE = _SIZE / 2
_RING, _NAME_RADIUS, _STAR = 200.0, 152.0, 62.0
_SPREAD = math.radians(250)
_COLOUR = "#c8102e"
_FONT = "Noto Sans CJK SC"


def round_seal(name: str, kind: str) -> str:
    """A round seal as SVG, 42 mm across."""
    below = min(32, 250 / max(len(kind), 1))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" width="42mm" height="42mm">',
        f'<g fill="none" stroke="{_COLOUR}"><circle cx="{_CENTRE}" cy="{_CENTRE}" r="{_RING}" stroke-width="12"/></g>',
        f'<g fill="{_COLOUR}" opacity="0.86" font-family="{_FONT}" text-anchor="middle">',
        f'<polygon points="{_star()}"/>',
        *_arc(name),
        f'<text x="{_CENTRE}" y="{_CENTRE + 118}" font-size="{below:.1f}">{escape(kind)}</text>',
        "</g></svg>",
    ]
    return "".join(parts)


def _arc(name: str) -> list[str]:
    size = 46 if len(name) <= 14 else max(46 * 14 / len(name), 20)  # noqa: PLR2004  # so many stand at full size
    spread = min(_SPREAD, (len(name) - 1) * size * 1.12 / _NAME_RADIUS) if len(name) > 1 else 0.0
    parts = []
    for at, character in enumerate(name):
        angle = -spread / 2 + spread * at / max(len(name) - 1, 1)
        x, y = _CENTRE + _NAME_RADIUS * math.sin(angle), _CENTRE - _NAME_RADIUS * math.cos(angle)
        parts.append(
            f'<text font-size="{size:.1f}" transform="translate({x:.2f} {y:.2f}) rotate({math.degrees(angle):.2f})" '
            f'dy="{size * 0.36:.1f}">{escape(character)}</text>'
        )
    return parts


def _star() -> str:
    points = []
    for at in range(10):
        radius = _STAR if at % 2 == 0 else _STAR * 0.382
        angle = math.pi * at / 5
        points.append(f"{_CENTRE + radius * math.sin(angle):.2f},{_CENTRE - radius * math.cos(angle):.2f}")
    return " ".join(points)
