"""Checks of seals in PDFs: after a seal, only further seals and data for their validation may follow.

These data are a security store (DSS) with certificates and revocation lists, or a document time-stamp (PAdES LTV). A
seal is checked for the time that its timestamp proves, so it stays valid after its certificate's end; without a trusted
timestamp, nothing is reported as valid.
"""

import os
import re
from collections.abc import Container
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from exchange.pages.reader import hybrid_after, open_pdf
from keys.certificates import Use, organization_identifier, read_certificate
from keys.chain import verify_chain
from keys.encoding import inflate
from keys.errors import InvalidError, KeysError, MalformedError, UndecidedError
from keys.timestamps import check_token
from keys.trust import TrustBundle

_MAX_SEALS = 20
_TAIL, _END = 64, re.compile(rb"startxref[\r\n ]+([0-9]{1,12})[\r\n ]+%%EOF[\r\n]{0,2}\Z")
_MAX_ATTACHMENTS, _MAX_ATTACHMENT = 100, 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PageSeal:
    """A valid seal in a PDF: its owner (USCC), and its time."""

    agency: str
    at: datetime


def check_pdf(data: bytes, bundle: TrustBundle) -> list[PageSeal]:
    """Return the seals of a PDF in order, all of them valid.

    Do not call it within an event loop, since pyHanko runs its own.

    Raises:
        MalformedError: the data are not a PDF, or it has no seal.
        InvalidError: it was changed after sealing, or a seal is not valid.
        UndecidedError: the time is not proven by a trusted time-stamper.
    """
    reader = open_pdf(data)
    seals = _signed(reader)
    if hybrid_after(reader, seals[0].signature.signed_revision):
        raise InvalidError("PDF: what was added after it was sealed is hidden from some readers")
    later: set[str] = set()
    found = []
    for seal in reversed(seals):  # each check depends on the fields of later seals
        found.append(_check(seal.signature, bundle, later))
        later |= seal.fields
    return found[::-1]


def check_last_seal(data: bytes, bundle: TrustBundle) -> PageSeal:
    """Return the last seal of a PDF, which must be valid and followed by nothing.

    Raises:
        MalformedError: as ``check_pdf``.
        InvalidError: as ``check_pdf``.
        UndecidedError: as ``check_pdf``.
    """
    return _check(_signed(open_pdf(data))[-1].signature, bundle, set())


@dataclass(frozen=True, slots=True)
class _Seal:
    """A signature, and the fields that show it."""

    signature: EmbeddedPdfSignature
    fields: set[str]


def _signed(reader: PdfFileReader) -> list[_Seal]:
    try:
        seals = _seals(reader)
    except Exception as error:  # untrusted input: the parser raises many types
        raise MalformedError("PDF: its seals cannot be read") from error
    if not 0 < len(seals) <= _MAX_SEALS:
        raise MalformedError(f"PDF: 1 to {_MAX_SEALS} seals are expected")
    return seals


def _seals(reader: PdfFileReader) -> list[_Seal]:
    """Return the seals in the order of creation; several fields may show one."""
    found: dict[tuple[bytes, tuple[int, ...]], _Seal] = {}
    for item in reader.embedded_regular_signatures:
        key = bytes(item.pkcs7_content), tuple(item.byte_range)
        found.setdefault(key, _Seal(item, set())).fields.add(item.field_name)
    return list(found.values())


def follows(data: bytes, length: int) -> bool:
    """Return whether the first seal of a PDF directly follows its first ``length`` bytes."""
    try:
        before = open_pdf(data[:length]).xrefs.total_revisions
        first = open_pdf(data).embedded_regular_signatures[0]
        return bool(first.signed_revision == before)
    except Exception:  # noqa: BLE001  # as above
        return False


def attachments_of(data: bytes, wanted: Container[str]) -> dict[str, bytes]:
    """Return the wanted files attached to a PDF, by name, each of at most 4 MiB.

    Raises:
        MalformedError: there are none, or they cannot be read.
    """
    try:
        names = open_pdf(data).root["/Names"]["/EmbeddedFiles"]["/Names"]
        found = {}
        for at in range(0, min(len(names), 2 * _MAX_ATTACHMENTS), 2):
            if (name := str(names[at])) in wanted:
                found[name] = _inflated(names[at + 1].get_object()["/EF"]["/F"].get_object())
    except Exception as error:  # as above
        raise MalformedError("PDF: nothing is attached to it") from error
    return found


def _inflated(stream: StreamObject) -> bytes:
    """Return a stream's bytes up to the limit, since compressed data may expand."""
    packed = stream.encoded_data
    if "/Filter" not in stream:
        return bytes(packed[:_MAX_ATTACHMENT])
    return inflate(packed, _MAX_ATTACHMENT, "attachment")


def _check(signature: EmbeddedPdfSignature, bundle: TrustBundle, later: AbstractSet[str]) -> PageSeal:
    try:
        chain, token, value = _parts(signature)
    except KeysError:
        raise
    except Exception as error:  # as above
        raise InvalidError("PDF: its seal cannot be read") from error
    at = check_token(token, value, bundle)
    roots = [asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in bundle.roots]
    context = ValidationContext(trust_roots=roots, moment=at, allow_fetching=False)
    try:
        found = validate_pdf_signature(signature, context)
    except Exception as error:  # as above
        raise InvalidError(f"PDF: its seal cannot be checked ({type(error).__name__})") from error
    allowed = ModificationLevel.FORM_FILLING if later else ModificationLevel.LTA_UPDATES
    changed = getattr(signature.diff_result, "changed_form_fields", None) or set()
    unchanged = found.modification_level is not None and found.modification_level <= allowed and changed <= later
    whole = found.coverage is SignatureCoverageLevel.ENTIRE_FILE
    if not found.intact or not unchanged or not (whole or _ends_with_an_update(signature)):
        raise InvalidError("PDF: changed after it was sealed")
    if not found.valid:
        raise InvalidError("PDF: the seal does not hold")
    verify_chain(chain, Use.SEAL, at, bundle)
    return PageSeal(organization_identifier(chain[0]), at)


def _ends_with_an_update(signature: EmbeddedPdfSignature) -> bool:
    """Return whether a seal is followed by updates up to the last byte; other bytes are not analysed."""
    reader = signature.reader
    reader.stream.seek(-_TAIL, os.SEEK_END)
    end = _END.search(reader.stream.read())
    updated = signature.signed_revision < reader.xrefs.total_revisions - 1
    return updated and end is not None and int(end[1]) == reader.last_startxref


def _parts(signature: EmbeddedPdfSignature) -> tuple[list[x509.Certificate], bytes, bytes]:
    """Return the seal's chain (own certificate first), timestamp token, and signature value."""
    own = signature.signer_cert
    others = [item for item in signature.other_embedded_certs if item.subject == own.issuer]
    chain = [read_certificate(item.dump()) for item in (own, *others[:1])]
    value = signature.signer_info["signature"].native
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            return chain, attribute["values"][0].dump(), value
    raise UndecidedError("PDF: its seal bears no timestamp, so nothing proves when it was made")
