"""Positions of seals on pages: upright and in place on rotated, cropped or scaled pages.

A visible seal is blended by multiplication, like ink: white paper around it stays white, and black text black.
"""

import io
import math
from dataclasses import dataclass
from typing import Any

from PIL import Image
from pyhanko import stamp
from pyhanko.pdf_utils import generic, images, layout
from pyhanko.pdf_utils.content import ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from exchange.pages.spot import LAST, At
from registry.errors import RuleError

_POINTS_PER_MM = 72 / 25.4
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Appearance:
    """A seal's picture (PNG), its width in millimetres, and its requested position, if any."""

    picture: bytes
    size: int
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A page (from 0), a square on it in its own units, and the quarter turns of its rotation."""

    page: int
    corners: tuple[int, int, int, int]
    turns: int


def place_of(writer: IncrementalPdfFileWriter, size: int, at: At) -> Place:
    """Return the place of a seal of ``size`` millimetres in a PDF.

    Raises:
        RuleError: there is no such page, or the seal would not fit on it.
    """
    pages = int(writer.root["/Pages"]["/Count"])
    number = pages if at.page == LAST else at.page
    if not 1 <= number <= pages:
        raise RuleError("page_number", f"1 to {pages}, or 0 for the last")
    page = writer.prev.find_page_for_modification(number - 1)[0].get_object()  # type: ignore[no-untyped-call]  # untyped upstream
    left, bottom, right, top = _seen(page)
    turns, unit = scale_of(page)
    width, height = (right - left, top - bottom) if turns % 2 == 0 else (top - bottom, right - left)
    half = size / 2
    for field, value, longest in (("x_mm", at.x, width), ("y_mm", at.y, height)):
        most = longest / unit - half
        if most < half:
            raise RuleError("pdf", "has a page that is too small for the seal, or shows nothing")
        if not half <= value <= most:
            raise RuleError(field, f"{half:g} to {most:.0f} mm, so that the whole seal is on the page")
    x, y, half = (value * unit for value in (at.x, at.y, half))
    middle = ((left + x, top - y), (left + y, bottom + x), (right - x, bottom + y), (right - y, top - x))[turns]
    corners = middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half
    return Place(number - 1, tuple(round(value) for value in corners), turns)  # type: ignore[arg-type]  # four of them


def scale_of(page: Any) -> tuple[int, float]:
    """Return a page's rotation in quarter turns, and its units per millimetre.

    Raises:
        RuleError: the rotation is not a multiple of 90 degrees.
    """
    turns, odd = divmod(float(_inherited(page, "/Rotate") or 0), 90)
    if odd:
        raise RuleError("pdf", "has a page that is turned by no multiple of 90 degrees")
    return int(turns) % 4, _POINTS_PER_MM / float(page.get("/UserUnit", 1))


def style_of(picture: bytes, turns: int) -> stamp.StaticStampStyle:
    """Return pyHanko's style of the picture on a page with this rotation."""
    middle = layout.AxisAlignment.ALIGN_MID
    fill = layout.SimpleBoxLayoutRule(middle, middle, inner_content_scaling=layout.InnerScaling.STRETCH_FILL)
    return stamp.StaticStampStyle(border_width=0, background=_Ink(picture, turns), background_layout=fill)


class _Ink(images.PdfImage):
    """A square picture with transparency (which a palette would lose), rotated against the page."""

    def __init__(self, picture: bytes, turns: int) -> None:
        super().__init__(Image.open(io.BytesIO(picture)).convert("RGBA"))
        self._turns = turns

    def render(self) -> bytes:
        multiply = generic.DictionaryObject({pdf_name("/BM"): pdf_name("/Multiply")})  # type: ignore[no-untyped-call]  # untyped upstream
        self.set_resource(category=ResourceType.EXT_G_STATE, name=pdf_name("/Ink"), value=multiply)
        drawn = super().render()
        turn, half = math.radians(90 * self._turns), self.box.width / 2
        cos, sin = round(math.cos(turn)), round(math.sin(turn))
        shift = half - half * cos + half * sin, half - half * sin - half * cos
        return b"q /Ink gs %d %d %d %d %g %g cm %s Q" % (cos, sin, -sin, cos, *shift, drawn)


def _seen(page: Any) -> tuple[float, float, float, float]:
    """Return the visible part of a page: its crop box within its media box, its own or inherited."""
    media = _box(page, "/MediaBox")
    if media is None:
        raise RuleError("pdf", "has a page without a size")
    crop = _box(page, "/CropBox") or media
    return max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])


def _box(page: Any, name: str) -> tuple[float, float, float, float] | None:
    found = _inherited(page, name)
    if found is None:
        return None
    x1, y1, x2, y2 = (float(value) for value in found)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _inherited(page: Any, name: str) -> Any:
    depth = 0
    while name not in page and "/Parent" in page and depth < _DEEPEST:
        page, depth = page["/Parent"], depth + 1
    return page.get(name)
