"""Checks the seals of a PDF: each covers the whole file, or what stands after it is a further seal and no more.

A seal is judged when its timestamp proves that it was made, so a page outlives the seal's certificate; without a
trusted timestamp nothing is said to be valid.
"""

import io
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from keys.certificates import Use, organization_identifier, read_certificate
from keys.chain import verify_chain
from keys.encoding import inflate
from keys.errors import InvalidError, KeysError, MalformedError, UndecidedError
from keys.timestamps import check_token
from keys.trust import TrustBundle

_MAX_SEALS = 20
_MAX_ATTACHMENTS, _MAX_ATTACHMENT = 100, 4 * 1024 * 1024
_MAX_FIELDS, _DEEPEST = 5000, 20


@dataclass(frozen=True, slots=True)
class PageSeal:
    """A seal on a PDF that holds: whose it is (USCC), and when it was made."""

    agency: str
    at: datetime


def check_pdf(data: bytes, bundle: TrustBundle) -> list[PageSeal]:
    """The seals of a PDF, in order, all of which hold. Not inside an event loop: pyHanko runs its own.

    Raises:
        MalformedError: not a PDF, or one without a seal.
        InvalidError: changed after it was sealed, or a seal does not hold.
        UndecidedError: its time is not proven by a time stamper that the bundle trusts.
    """
    try:
        reader = PdfFileReader(io.BytesIO(data))
        require_few_fields(reader)
        signatures = reader.embedded_signatures
    except MalformedError:
        raise
    except Exception as error:  # whatever a stranger hands in: the parser has many ways to fail
        raise MalformedError("PDF: cannot be read") from error
    if not 0 < len(signatures) <= _MAX_SEALS:
        raise MalformedError(f"PDF: 1 to {_MAX_SEALS} seals are expected")
    names = [item.field_name for item in signatures]
    return [_check(item, bundle, names[at + 1 :]) for at, item in enumerate(signatures)]


def require_few_fields(reader: PdfFileReader) -> None:
    """Refuse a form whose fields are too many, too deep, or stand in several places: walking it would not end.

    Raises:
        MalformedError: says so.
    """
    root: Any = reader.root
    waiting = _items(root["/AcroForm"], "/Fields", 0) if "/AcroForm" in root else []
    seen: set[object] = set()
    while waiting:
        item, depth = waiting.pop()
        key = getattr(item, "reference", None) or id(item)
        if key in seen or depth > _DEEPEST or len(seen) > _MAX_FIELDS:
            raise MalformedError("PDF: its form has too many fields, or one in several places")
        seen.add(key)
        waiting += _items(item.get_object(), "/Kids", depth + 1)


def _items(holder: Any, name: str, depth: int) -> list[tuple[Any, int]]:
    """The items of an array in a dictionary as they stand there, not followed, each with its depth."""
    if name not in holder:
        return []
    found = holder[name]
    return [(found.raw_get(at), depth) for at in range(len(found))]


def follows(data: bytes, length: int) -> bool:
    """Whether the first seal of a PDF was put on its first ``length`` bytes, with nothing else in between."""
    try:
        before = PdfFileReader(io.BytesIO(data[:length])).xrefs.total_revisions
        first = PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
        return bool(first.signed_revision == before)
    except Exception:  # noqa: BLE001  # as above
        return False


def attachments_of(data: bytes, wanted: Container[str]) -> dict[str, bytes]:
    """The files that travel in a PDF, of those wanted, by name; each of at most 4 MiB.

    Raises:
        MalformedError: there are none, or they cannot be read.
    """
    try:
        names = PdfFileReader(io.BytesIO(data)).root["/Names"]["/EmbeddedFiles"]["/Names"]
        found = {}
        for at in range(0, min(len(names), 2 * _MAX_ATTACHMENTS), 2):
            if (name := str(names[at])) in wanted:
                found[name] = _inflated(names[at + 1].get_object()["/EF"]["/F"].get_object())
    except Exception as error:  # as above
        raise MalformedError("PDF: nothing is attached to it") from error
    return found


def _inflated(stream: StreamObject) -> bytes:
    """A stream's bytes, never more than the bound: what is packed small may be large."""
    packed = stream.encoded_data
    if "/Filter" not in stream:
        return bytes(packed[:_MAX_ATTACHMENT])
    return inflate(packed, _MAX_ATTACHMENT, "attachment")


def _check(signature: EmbeddedPdfSignature, bundle: TrustBundle, later: Sequence[str]) -> PageSeal:
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
    whole = found.coverage is SignatureCoverageLevel.ENTIRE_FILE
    allowed = ModificationLevel.FORM_FILLING if later else ModificationLevel.NONE
    if not found.intact or (not later and not whole) or found.modification_level is None:
        raise InvalidError("PDF: changed after it was sealed")
    changed = getattr(signature.diff_result, "changed_form_fields", None) or set()
    if found.modification_level > allowed or not set(changed) <= set(later):
        raise InvalidError("PDF: changed after it was sealed")
    if not found.valid:
        raise InvalidError("PDF: the seal does not hold")
    verify_chain(chain, Use.SEAL, at, bundle)
    return PageSeal(organization_identifier(chain[0]), at)


def _parts(signature: EmbeddedPdfSignature) -> tuple[list[x509.Certificate], bytes, bytes]:
    """The seal's chain (own certificate first), its timestamp token and the signature's value."""
    own = signature.signer_cert
    others = [item for item in signature.other_embedded_certs if item.subject == own.issuer]
    chain = [read_certificate(item.dump()) for item in (own, *others[:1])]
    value = signature.signer_info["signature"].native
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            return chain, attribute["values"][0].dump(), value
    raise UndecidedError("PDF: its seal bears no timestamp, so nothing proves when it was made")
