"""PAdES: a seal's signature over a PDF, with an embedded timestamp and the license's envelope as an attachment.

B-T level (ETSI EN 319 142): the timestamp comes from the node's own time-stamping certificate. The document is
certified: no change is allowed after it.
"""

import io
from dataclasses import dataclass

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import embed
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from exchange.licensing.clock import PdfClock
from keys.suites import SUITES, Signer
from keys.timestamps import Clock

ENVELOPE_NAME, RECEIPT_NAME = "license.sd-jwt", "license.tlog-proof"
_LONGEST = 72  # of a P-256 signature in DER


@dataclass(frozen=True, slots=True)
class Stamping:
    """What seals PDFs: the seal with its certificates (DER, its own first), and the time stamper."""

    signer: Signer
    chain: tuple[bytes, ...]
    clock: Clock


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
        if dry_run:
            return bytes(_LONGEST)
        return SUITES[self._signer.algorithm].encode(self._signer.sign(data))


def seal_pdf(plain: bytes, envelope: bytes, receipt: bytes, stamping: Stamping) -> bytes:
    """A PDF with the envelope and its receipt attached, sealed. Not inside an event loop: pyHanko runs its own."""
    writer = IncrementalPdfFileWriter(io.BytesIO(plain))
    for name, data, kind in (
        (ENVELOPE_NAME, envelope, "application/dc+sd-jwt"),
        (RECEIPT_NAME, receipt, "text/plain"),
    ):
        held = embed.EmbeddedFileObject.from_file_data(writer, data=data, mime_type=kind)
        embed.embed_file(
            writer,
            embed.FileSpec(
                file_spec_string=name, file_name=name, embedded_data=held, af_relationship=pdf_name("/Source")
            ),
        )
    metadata = signers.PdfSignatureMetadata(
        field_name="Seal",
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    out = io.BytesIO()
    signers.PdfSigner(metadata, _Seal(stamping), timestamper=PdfClock(stamping.clock)).sign_pdf(writer, output=out)
    return out.getvalue()


def _store(certificates: list[asn1_x509.Certificate]) -> SimpleCertificateStore:
    store: SimpleCertificateStore = SimpleCertificateStore.from_certs(certificates)  # type: ignore[no-untyped-call]  # untyped upstream
    return store
