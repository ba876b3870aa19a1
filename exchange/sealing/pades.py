"""PAdES: a seal's signature over a PDF, with an embedded timestamp, and where it is wanted its picture on the page.

B-T level (ETSI EN 319 142): the timestamp comes from the node's own time-stamping certificate. An invisible
seal certifies the document, and nothing may follow it; after a visible one further seals may, and nothing else.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from PIL import Image
from pyhanko import stamp
from pyhanko.pdf_utils import embed, images, layout
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from exchange.sealing.clock import PdfClock
from exchange.sealing.pdfcheck import require_few_fields
from keys.clock import Clock
from keys.errors import KeysError, MalformedError
from keys.suites import SUITES, Signer
from registry.errors import RuleError

_LONGEST = 72  # of a P-256 signature in DER
_POINTS_PER_MM = 72 / 25.4
_MAX_SEALS, _DEEPEST = 20, 50
LAST = 0
"""The last page."""


@dataclass(frozen=True, slots=True)
class Stamping:
    """What seals PDFs: the seal with its certificates (DER, its own first), and the time stamper."""

    signer: Signer
    chain: tuple[bytes, ...]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels in the PDF."""

    name: str
    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Appearance:
    """A seal's picture (PNG), where its centre stands on which page (from 1; 0 is the last), and how wide it is.

    Millimetres, from the page's left and upper edge.
    """

    picture: bytes
    size: int
    page: int
    x: float
    y: float


class _Seal(signers.Signer):
    """pyHanko's view of a seal: it signs with whatever keeps the key."""

    def __init__(self, stamping: Stamping) -> None:
        certificates = [asn1_x509.Certificate.load(item) for item in stamping.chain]
        super().__init__(
            signing_cert=certificates[0],
            cert_registry=_store(certificates[1:]),
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        )
        self._signer = stamping.signer

    async def async_sign_raw(self, data: bytes, _digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002  # pyHanko's signature
        return bytes(_LONGEST) if dry_run else SUITES[self._signer.algorithm].encode(self._signer.sign(data))


def seal_pdf(
    plain: bytes, attachments: Sequence[Attachment], stamping: Stamping, appearance: Appearance | None = None
) -> bytes:
    """A PDF with its attachments, sealed. Not inside an event loop: pyHanko runs its own.

    Nothing is attached to a PDF that bears a seal already: that would be a change of what was sealed.

    Raises:
        RuleError: it is not a PDF that can be sealed, or has no such page.
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(plain))
        require_few_fields(writer.prev)
        held = len(writer.prev.embedded_signatures)
        pages = int(writer.root["/Pages"]["/Count"])
        if writer.prev.encrypted:
            raise RuleError("pdf", "is encrypted; only a PDF that anyone can read is sealed")
        spec = _field(writer, held, pages, appearance)
    except RuleError:
        raise
    except MalformedError as error:
        raise RuleError("pdf", str(error)) from error
    except Exception as error:  # whatever a stranger hands in: the parser has many ways to fail
        raise RuleError("pdf", "is not a PDF that can be sealed") from error
    if held >= _MAX_SEALS:
        raise RuleError("pdf", f"bears {_MAX_SEALS} seals already")
    metadata = signers.PdfSignatureMetadata(
        field_name=spec.sig_field_name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=appearance is None,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signer = signers.PdfSigner(
        metadata, _Seal(stamping), timestamper=PdfClock(stamping.clock), stamp_style=_style(appearance),
        new_field_spec=spec,
    )  # fmt: skip
    out = io.BytesIO()
    try:
        for item in () if held else attachments:
            file = embed.EmbeddedFileObject.from_file_data(writer, data=item.data, mime_type=item.media_type)
            named = embed.FileSpec(item.name, item.name, file, af_relationship=pdf_name("/Source"))
            embed.embed_file(writer, named)
        signer.sign_pdf(writer, output=out)
    except KeysError:
        raise
    except Exception as error:  # as above
        raise RuleError("pdf", "cannot be sealed: it forbids changes, or its structure is broken") from error
    return out.getvalue()


def _field(
    writer: IncrementalPdfFileWriter, held: int, pages: int, appearance: Appearance | None
) -> fields.SigFieldSpec:
    name = f"Seal{held + 1}"
    if appearance is None:
        return fields.SigFieldSpec(name)
    page = pages if appearance.page == LAST else appearance.page
    if not 1 <= page <= pages:
        raise RuleError("page", f"1 to {pages}, or 0 for the last")
    left, bottom, right, top = _box(writer, page)
    half = appearance.size / 2
    for field, value, longest in (("x", appearance.x, right - left), ("y", appearance.y, top - bottom)):
        if not half <= value <= longest / _POINTS_PER_MM - half:
            most = longest / _POINTS_PER_MM - half
            raise RuleError(field, f"{half:g} to {most:.0f} mm, so that the whole seal stands on the page")
    x, y, half = (value * _POINTS_PER_MM for value in (appearance.x, appearance.y, half))
    corners = left + x - half, top - y - half, left + x + half, top - y + half
    return fields.SigFieldSpec(name, page - 1, tuple(round(value) for value in corners))  # type: ignore[arg-type]  # four of them


def _box(writer: IncrementalPdfFileWriter, page: int) -> tuple[float, float, float, float]:
    """What is seen of a page: its crop box, else its media box, its own or its parents'."""
    found = writer.prev.find_page_for_modification(page - 1)[0].get_object()  # type: ignore[no-untyped-call]  # untyped upstream
    for name in ("/CropBox", "/MediaBox"):
        at, depth = found, 0
        while name not in at and "/Parent" in at and depth < _DEEPEST:
            at, depth = at["/Parent"], depth + 1
        if name in at:
            x1, y1, x2, y2 = (float(value) for value in at[name])
            return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
    raise RuleError("pdf", "has a page without a size")


def _style(appearance: Appearance | None) -> stamp.StaticStampStyle | None:
    if appearance is None:
        return None
    middle = layout.AxisAlignment.ALIGN_MID
    return stamp.StaticStampStyle(
        border_width=0,
        background=images.PdfImage(Image.open(io.BytesIO(appearance.picture))),
        background_layout=layout.SimpleBoxLayoutRule(
            middle, middle, inner_content_scaling=layout.InnerScaling.STRETCH_FILL
        ),
    )


def _store(certificates: list[asn1_x509.Certificate]) -> SimpleCertificateStore:
    store: SimpleCertificateStore = SimpleCertificateStore.from_certs(certificates)  # type: ignore[no-untyped-call]  # untyped upstream
    return store
