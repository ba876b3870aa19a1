"""Pages of licenses: set by Typst with embedded fonts, with the envelope attached, sealed by PAdES.

They are made on request, and cached by the envelope's digest. The seal on the page is a picture; the proof is the
signature over the whole file, with a timestamp, and the attached envelope.
"""

from base64 import b64encode
from dataclasses import dataclass
from importlib.resources import files

from exchange.pages.fonts import require_glyphs
from exchange.pages.license_rows import fields_of, period_of, require_shown
from exchange.pages.pades import Attachment, Stamping, seal_pdf
from exchange.pages.qr import qr_svg
from exchange.pages.seal_picture import round_seal
from exchange.pages.typesetting import set_pdf
from registry.china import CHINA
from registry.errors import RuleError
from registry.licenses.license import License
from registry.licenses.types import LicenseType

ENVELOPE_NAME, RECEIPT_NAME = "license.sd-jwt", "license.tlog-proof"
_FRAME = "frame"
"""The text before every template."""


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a page besides the license itself."""

    kind: LicenseType
    issuer_name: str
    qr: str
    watermark: str = ""


def make_pdf(found: License, page: Page, stamping: Stamping) -> bytes:
    """Return the sealed page.

    Raises:
        RuleError: no font has a character; names the field.
    """
    require_shown(found, page.kind, page.issuer_name)
    require_glyphs("purpose", page.watermark)
    issued = found.issued_at.astimezone(CHINA)
    data = {
        "title": page.kind.name,
        "title_en": page.kind.name_en,
        "number": found.number,
        "issuer": page.issuer_name,
        "issued_on": f"{issued.year}年{issued.month}月{issued.day}日",
        "identifier": found.identifier,
        "digest": found.digest,
        "kind": page.kind.id,
        "holders": [(one.name, one.code) for one in found.holders],
        "fields": [{"name": name, "title": title, "text": text} for name, title, text in fields_of(found, page.kind)],
        "period": period_of(found),
        "photo": _picture(found.photo) if found.photo else "",
        "qr": qr_svg(page.qr),
        "seal": round_seal(page.issuer_name, "电子证照专用章"),
        "watermark": page.watermark,
    }
    folder = files("exchange") / "licensing"
    path = folder / f"{page.kind.template}.typ"
    if page.kind.template == _FRAME or not path.is_file():
        raise RuleError("template", f"no template {page.kind.template} is shipped")
    plain = set_pdf((folder / f"{_FRAME}.typ").read_bytes() + path.read_bytes(), data, "license")
    attached = (
        Attachment(ENVELOPE_NAME, found.envelope.encode(), "application/dc+sd-jwt"),
        Attachment(RECEIPT_NAME, found.receipt.encode(), "text/plain"),
    )
    return seal_pdf(plain, attached, stamping)


def _picture(photo: bytes) -> str:
    kind = "png" if photo.startswith(b"\x89PNG") else "jpeg"
    data = b64encode(photo).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 420" width="320" height="420">'
        '<image width="320" height="420" preserveAspectRatio="xMidYMid slice" '
        f'href="data:image/{kind};base64,{data}"/></svg>'
    )
