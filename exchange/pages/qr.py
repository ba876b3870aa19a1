"""QR codes as pictures (ISO/IEC 18004): a URL in byte mode, its fragment in alphanumeric mode."""

import io
from typing import Any

import segno
from segno import consts


def qr_svg(text: str) -> str:
    """Return a QR code as SVG."""
    out = io.BytesIO()
    _made(text).save(out, kind="svg", border=4, xmldecl=False, omitsize=True)
    return out.getvalue().decode()


def qr_png(text: str) -> bytes:
    """Return a QR code as PNG, for screens."""
    out = io.BytesIO()
    _made(text).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def _made(text: str) -> Any:
    page, mark, code = text.rpartition("#")
    parts: Any = [(page + mark, consts.MODE_BYTE), (code, consts.MODE_ALPHANUMERIC)] if mark else text
    return segno.make(parts, error="m", boost_error=False)
