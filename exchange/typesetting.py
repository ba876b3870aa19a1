"""Pages and pictures, set by Typst with an embedded CJK font whose license (OFL) allows it; no glyph is left blank."""

import io
from functools import cache
from pathlib import Path
from typing import Any, Literal

import noto_cjk_sans_otc
import orjson
import typst
from fontTools.ttLib import TTCollection
from PIL import Image

from registry.errors import RuleError

_FONT = Path(noto_cjk_sans_otc.__file__).parent
_PIXELS_PER_INCH, _COLOURS = 300.0, 16


def set_pdf(template: bytes, data: dict[str, Any], name: str) -> bytes:
    """A page as PDF/A-3; the template reads ``data`` as JSON from the input ``name``.

    Raises:
        RuleError: the text cannot be set.
    """
    inputs = {name: orjson.dumps(data).decode()}
    try:
        return _one(typst.compile(template, font_paths=fonts(), sys_inputs=inputs, pdf_standards="a-3b"))
    except typst.TypstError as error:
        raise RuleError("text", "cannot be set as a page") from error


def draw_png(svg: str) -> bytes:
    """A drawing (SVG) in few colours as PNG, with its transparency; small, for it travels in every e-signature."""
    template = (
        b'#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image(bytes(sys.inputs.svg), format: "svg")'
    )
    png = _one(typst.compile(template, font_paths=fonts(), sys_inputs={"svg": svg}, format=_PNG, ppi=_PIXELS_PER_INCH))
    out = io.BytesIO()
    few = Image.open(io.BytesIO(png)).convert("RGBA").quantize(_COLOURS, Image.Quantize.FASTOCTREE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def require_glyphs(title: str, text: str) -> None:
    """Refuse a text that would be set with a blank.

    Raises:
        RuleError: the font does not have a character; ``title`` is named.
    """
    if missing := sorted({character for character in text if ord(character) not in _glyphs()}):
        raise RuleError(title, f"the font has no glyph for U+{ord(missing[0]):04X}; a page with a blank is not made")


@cache
def fonts() -> Any:
    """The font, opened once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONT)])


_PNG: Literal["png"] = "png"


@cache
def _glyphs() -> frozenset[int]:
    with TTCollection(str(next(_FONT.glob("*.ttc"))), lazy=True) as collection:
        chinese = next(font for font in collection if font["name"].getDebugName(1) == "Noto Sans CJK SC")
        return frozenset(chinese.getBestCmap())


def _one(made: Any) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError("typst gives one file")
    return made
