"""Rendering of pages by PDFium and by Poppler."""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

DPI = 100


def pdfium(pdf: bytes) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        document.init_forms()
        return document[len(document) - 1].render(scale=DPI / 72).to_pil().convert("RGB")


def poppler(pdf: bytes) -> Image.Image:
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.pdf")
        path.write_bytes(pdf)
        with pypdfium2.PdfDocument(pdf) as document:
            last = str(len(document))
        made = ["pdftoppm", "-r", str(DPI), "-f", last, "-l", last, "-cropbox", "-png", str(path)]
        return Image.open(io.BytesIO(subprocess.run(made, capture_output=True, check=True).stdout)).convert("RGB")


RENDERERS = (pdfium, poppler)
Renderer = Callable[[bytes], Image.Image]


def square(page: Image.Image, x: float, y: float, size: float) -> Image.Image:
    """Return the square of a page around a centre, in millimetres from the left and top."""
    return page.crop([round(value * DPI / 25.4) for value in (x - size / 2, y - size / 2, x + size / 2, y + size / 2)])


def share(picture: Image.Image, wanted: Callable[[int, int, int], bool]) -> float:
    """Return the share of pixels that fit, 0 to 1."""
    return sum(count for count, colour in picture.getcolors(1 << 24) if wanted(*colour)) / (
        picture.width * picture.height
    )


def red(r: int, g: int, b: int) -> bool:
    return r > 140 and g < 120 and b < 130


def white(r: int, g: int, b: int) -> bool:
    return min(r, g, b) > 245


def dark(r: int, g: int, b: int) -> bool:
    return max(r, g, b) < 90


def inked(below: Image.Image, picture: bytes) -> Image.Image:
    """Return the expected look of a seal's picture over a part of a page: multiplied with it."""
    seal = Image.open(io.BytesIO(picture)).convert("RGBA").resize(below.size)
    paper = Image.new("RGBA", below.size, "white")
    return ImageChops.multiply(below, Image.alpha_composite(paper, seal).convert("RGB"))


def differs(left: Image.Image, right: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255, blurred to ignore edges of glyphs."""
    small = (left.width // 4, left.height // 4)
    off = ImageChops.difference(left.resize(small, Image.Resampling.BOX), right.resize(small, Image.Resampling.BOX))
    grey = off.convert("L").getcolors(1 << 24)
    return sum(count * value for count, value in grey) / (off.width * off.height)
