"""Reading of X.509 certificates: their uses, keys, issuers and subjects.

An agency's USCC is in the subject's organizationIdentifier (2.5.4.97).
"""

import re
import ssl
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import der as asn1
from keys.errors import MalformedError
from keys.leniency import read_leniently
from keys.suites import Verifier, signature_holds, verifier_for

SEAL_MAKING = x509.ObjectIdentifier("1.3.6.1.4.1.99999.2")  # [local] no standard defines one for makers of seals
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_KEPT = 4096
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class Use(Enum):
    """The use of a certificate, with its extended key usage; systems and persons have the same one."""

    def __init__(self, _number: int, extended: x509.ObjectIdentifier) -> None:
        self.extended = extended

    NODE = 1, ExtendedKeyUsageOID.SERVER_AUTH
    SYSTEM = 2, ExtendedKeyUsageOID.CLIENT_AUTH
    PERSON = 3, ExtendedKeyUsageOID.CLIENT_AUTH
    SEAL = 4, DOCUMENT_SIGNING
    TSA = 5, ExtendedKeyUsageOID.TIME_STAMPING
    MAKER = 6, SEAL_MAKING


@lru_cache(maxsize=_KEPT)
def read_certificate(der: bytes) -> x509.Certificate:
    """Parse a certificate from DER as a whole, so that later access to its fields does not fail.

    Raises:
        MalformedError: the bytes are not a certificate.
    """
    try:
        try:
            return _fully_read(x509.load_der_x509_certificate(der))
        except ValueError:  # it may encode default values
            return _fully_read(read_leniently(der))
    except Exception as error:  # untrusted input: the parser raises many types
        raise MalformedError("certificate: not X.509") from error


def _fully_read(found: x509.Certificate) -> x509.Certificate:
    """Return the certificate after reading every field that is used later."""
    _ = found.extensions, found.subject, found.issuer, found.not_valid_before_utc, found.not_valid_after_utc
    return found


@lru_cache(maxsize=_KEPT)
def verifier_of(certificate: x509.Certificate) -> Verifier:
    """Return the verifier of a certificate's key.

    Raises:
        MalformedError: there is no suite for the key.
    """
    return verifier_for(spki_of(certificate))


@lru_cache(maxsize=_KEPT)
def spki_of(certificate: x509.Certificate) -> bytes:
    """Return a certificate's SubjectPublicKeyInfo in DER.

    Raises:
        MalformedError: the certificate has none.
    """
    fields = asn1.Fields(asn1.read(certificate.tbs_certificate_bytes, "certificate"), "certificate")
    fields.optional(asn1.EXPLICIT)  # the version
    for name in ("serialNumber", "signature", "issuer", "validity", "subject"):
        fields.take(name)
    return fields.take("subjectPublicKeyInfo", asn1.SEQUENCE).raw


def signed_by(signed: bytes, spki: bytes) -> bool:
    """Return whether a key signed a certificate, CRL or request (DER), given as its original bytes."""
    try:
        content, algorithm, signature = asn1.sequence_of(signed, "signed")
        return signature_holds(algorithm.raw, spki, signature.contents[1:], content.raw)
    except ValueError:  # not three parts, or an unknown algorithm
        return False


def organization_identifier(certificate: x509.Certificate) -> str:
    """Return the USCC in a certificate's subject, or an empty string."""
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    return str(found[0].value) if found else ""


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the hex SHA-256 of the DER, which identifies a certificate in the register."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate in DER."""
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(*items: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """Return certificates or CRLs in PEM, concatenated."""
    return b"".join(item.public_bytes(serialization.Encoding.PEM) for item in items)


def load_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Parse concatenated PEM certificates; there may be none.

    Raises:
        MalformedError: the data are not PEM certificates.
    """
    parts = _CERTIFICATE.findall(data)
    try:
        found = [ssl.PEM_cert_to_DER_cert(part.decode("ascii")) for part in parts]
    except ValueError as error:
        raise MalformedError("certificates: not PEM") from error
    if len(found) != data.count(b"-----BEGIN CERTIFICATE-----") or (data.strip() and not found):
        raise MalformedError("certificates: not PEM")
    return tuple(map(read_certificate, found))


def now_utc() -> datetime:
    """Return the present time in whole seconds, the resolution of certificates."""
    return datetime.now(UTC).replace(microsecond=0)
