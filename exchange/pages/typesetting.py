"""Typesetting of pages and pictures by Typst with embedded fonts."""

import io
from typing import Any, Literal

import orjson
import typst
from PIL import Image

from exchange.pages import fonts
from registry.errors import RuleError

_POINTS_PER_MM = 72 / 25.4
_PIXELS_PER_INCH, _COLOURS = 300.0, 32


def set_pdf(template: bytes, data: dict[str, Any], name: str) -> bytes:
    """Return a page as PDF/A-3; the template reads ``data`` from the input ``name``, and ``fonts``.

    Raises:
        RuleError: the text cannot be set.
    """
    inputs = _inputs(data, name)
    try:
        return _one(typst.compile(template, font_paths=fonts.opened(), sys_inputs=inputs, pdf_standards="a-3b"))
    except typst.TypstError as error:
        raise RuleError("text", "cannot be set as a page") from error


def find_position(template: bytes, data: dict[str, Any], name: str, label: str) -> dict[str, Any]:
    """Return a template's metadata about a position; ``x`` and ``y`` in millimetres from left and top."""
    inputs = _inputs(data, name)
    found: dict[str, Any] = orjson.loads(
        typst.query(template, label, field="value", one=True, font_paths=fonts.opened(), sys_inputs=inputs)
    )
    return found | {axis: float(found[axis].removesuffix("pt")) / _POINTS_PER_MM for axis in ("x", "y")}


def draw_png(svg: str) -> bytes:
    """Return an SVG drawing with few colours as a small transparent PNG, since e-signatures contain it."""
    template = (
        b'#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image(bytes(sys.inputs.svg), format: "svg")'
    )
    png = _one(
        typst.compile(template, font_paths=fonts.opened(), sys_inputs={"svg": svg}, format=_PNG, ppi=_PIXELS_PER_INCH)
    )
    out = io.BytesIO()
    few = Image.open(io.BytesIO(png)).convert("RGBA").quantize(_COLOURS, Image.Quantize.FASTOCTREE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _inputs(data: dict[str, Any], name: str) -> dict[str, str]:
    return {name: orjson.dumps(data).decode(), "fonts": orjson.dumps(fonts.families()).decode()}


_PNG: Literal["png"] = "png"


def _one(made: Any) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError("typst gives one file")
    return made
