"""Checks of presented files: an e-seal, an e-signature with its document, or a PDF."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from exchange.pages.formats import kind_of
from keys.errors import KeysError, MalformedError, UndecidedError
from keys.evidence import Step, Verdict
from keys.ses.checking import CheckedSeal, check_seal, check_signature
from keys.ses.proof import Presented
from keys.ses.reading import read_signature
from keys.ses.structure import ESignature
from keys.trust import TrustBundle

ATTACHED, ATTACHED_RECEIPT = "seal.ses", "seal.tlog-proof"
"""Attachments of a sealed PDF: the unsealed PDF's e-signature (scope ``bytes=0-<length>``), its receipt."""
MAX_FILE = 64 * 1024 * 1024
_TITLES = {"seal": "电子印章", "signature": "电子签章", "pdf": "已盖章 PDF"}


@dataclass(frozen=True, slots=True)
class PresentedSeal:
    """The data to check; ``kind`` is ``seal``, ``signature`` or ``pdf``."""

    kind: str
    data: bytes
    presented: Presented = field(default_factory=Presented)

    @property
    def title(self) -> str:
        """The kind in Chinese."""
        return _TITLES[self.kind]


def read_sealed(file: Path, document: Path | None, receipt: Path | None, scope: str | None = None) -> PresentedSeal:
    """Read files; ``scope`` is the expected scope of the signature.

    Raises:
        MalformedError: a file is too large, unreadable, or not sealed.
    """
    data = _read(file)
    proof = _read(receipt).decode("utf-8", "replace") if receipt else ""
    presented = Presented(_read(document) if document else None, b"", scope, proof)
    return PresentedSeal(kind_of(data), data, presented)


def check_sealed(sealed: PresentedSeal, bundle: TrustBundle, at: datetime) -> CheckedSeal:
    """Check a presented file as of ``at``; PDFs not within an event loop, as pyHanko runs its own."""
    match sealed.kind:
        case "pdf":
            return _check_pdf(sealed.data, bundle, at)
        case "signature":
            return check_signature(sealed.data, sealed.presented, bundle, at)
    return check_seal(sealed.data, bundle, at)


def _check_pdf(data: bytes, bundle: TrustBundle, at: datetime) -> CheckedSeal:
    # Imported on first use, since it takes a second, and other checks do not need it.
    from exchange.pages.checking import attachments_of, check_pdf, follows  # noqa: PLC0415

    try:
        seals = check_pdf(data, bundle)
    except UndecidedError as error:
        return CheckedSeal((Step("page", Verdict.UNDECIDED, str(error)),))
    except KeysError as error:
        return CheckedSeal((Step("page", Verdict.INVALID, str(error)),))
    sealed_by = "; ".join(f"{item.agency} at {item.at:%Y-%m-%d %H:%M:%S} UTC" for item in seals)
    page = Step("page", Verdict.VALID, f"unchanged since sealed by {sealed_by}")
    try:
        files = attachments_of(data, (ATTACHED, ATTACHED_RECEIPT))
    except MalformedError:
        files = {}
    if ATTACHED not in files:
        return CheckedSeal((page,))
    found = _check_attached(data, files, bundle, at)
    if found.signature is not None and (
        not follows(data, _length(found.signature)) or found.signed_by != seals[0].agency
    ):
        detail = "something else is between what it is over and the first seal, or that is another agency's"
        return replace(found, steps=(page, Step("attached", Verdict.INVALID, detail), *found.steps))
    return replace(found, steps=(page, *found.steps))


def _check_attached(data: bytes, files: dict[str, bytes], bundle: TrustBundle, at: datetime) -> CheckedSeal:
    try:
        info = read_signature(files[ATTACHED]).property_info
        length = int(info.removeprefix("bytes=0-"))
        if info != scope_of(length) or not 0 < length <= len(data):
            raise ValueError
    except (KeysError, ValueError):
        return CheckedSeal((Step("attached", Verdict.INVALID, "the attached e-signature is not over this PDF"),))
    receipt = files.get(ATTACHED_RECEIPT, b"").decode("utf-8", "replace")
    return check_signature(files[ATTACHED], Presented(data[:length], receipt=receipt), bundle, at)


def _length(signature: ESignature) -> int:
    return int(signature.property_info.removeprefix("bytes=0-"))


def scope_of(length: int) -> str:
    """Return the scope of an e-signature over a file's first bytes."""
    return f"bytes=0-{length}"


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise MalformedError(f"{path.name}: at most {MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name}: cannot be read") from error
