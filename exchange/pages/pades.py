"""PAdES signatures of PDFs with timestamp, and optionally a visible seal.

Level B-T (ETSI EN 319 142): the node's time-stamping authority makes the timestamp. An invisible seal certifies the
document, and nothing may follow it; a visible one may be followed by further seals only.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import embed
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from exchange.pages.place import Appearance, style_of
from exchange.pages.reader import open_pdf
from exchange.pages.seal_field import SealField, field_for
from exchange.pages.time_stamper import PdfTimestamper
from keys.errors import KeysError, MalformedError
from keys.suites import SUITES, Signer
from keys.timestamp_authority import TimestampAuthority
from registry.errors import RuleError

_LONGEST = 72  # the longest P-256 signature in DER
_MAX_SEALS = 20


@dataclass(frozen=True, slots=True)
class Stamping:
    """A seal with its certificates (DER, its own first), and the time-stamping authority."""

    signer: Signer
    chain: tuple[bytes, ...]
    tsa: TimestampAuthority


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to the PDF."""

    name: str
    data: bytes
    media_type: str


class _Seal(signers.Signer):
    """A seal as pyHanko's signer, with its key in any key store."""

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
    """Return a sealed PDF with attachments; not within an event loop, as pyHanko runs its own.

    A PDF that already has a seal gets no attachments, since they would change the sealed contents.

    Raises:
        RuleError: the PDF cannot be sealed, or has no such page.
    """
    try:
        writer = IncrementalPdfFileWriter.from_reader(open_pdf(plain))
        held = len(writer.prev.embedded_signatures)
        if writer.prev.encrypted:
            raise RuleError("pdf", "is encrypted; only a PDF that anyone can read is sealed")
        name = f"Seal{held + 1}"
        field = field_for(writer, name, appearance) if appearance else SealField(name, 0)
    except RuleError:
        raise
    except MalformedError as error:
        raise RuleError("pdf", str(error).removeprefix("PDF: ")) from error
    except Exception as error:  # untrusted input: the parser raises many types
        raise RuleError("pdf", "is not a PDF that can be sealed") from error
    if held >= _MAX_SEALS:
        raise RuleError("pdf", f"bears {_MAX_SEALS} seals already")
    metadata = signers.PdfSignatureMetadata(
        field_name=field.name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=appearance is None,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signer = signers.PdfSigner(
        metadata,
        _Seal(stamping),
        timestamper=PdfTimestamper(stamping.tsa),
        stamp_style=style_of(appearance.picture, field.turns) if appearance else None,
        new_field_spec=field.fresh,
    )
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


def _store(certificates: list[asn1_x509.Certificate]) -> SimpleCertificateStore:
    store: SimpleCertificateStore = SimpleCertificateStore.from_certs(certificates)  # type: ignore[no-untyped-call]  # untyped upstream
    return store
