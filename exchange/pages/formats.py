"""Detection of formats: e-seals, e-signatures and PDFs."""

from keys import der
from keys.errors import MalformedError

PDF_MAGIC = b"%PDF-"
_SEARCHED = 1024


def is_pdf(data: bytes) -> bool:
    """Return whether the data are a PDF, possibly with other bytes before its header."""
    return data[:1] != b"0" and PDF_MAGIC in data[:_SEARCHED]  # DER, the other sealed format, begins with 0x30


def kind_of(data: bytes) -> str:
    """Return the kind: ``seal``, ``signature`` or ``pdf``.

    Raises:
        MalformedError: the data are none of them.
    """
    if is_pdf(data):
        return "pdf"
    parts = der.sequence_of(data, "file")
    inner = der.items(parts[0], "file") if parts and parts[0].tag == der.SEQUENCE else []
    if not inner:
        raise MalformedError("file: neither an e-seal, nor an e-signature, nor a PDF")
    # TBS_Sign begins with a version, eSealInfo with a header.
    return "signature" if inner[0].tag == der.INTEGER else "seal"
