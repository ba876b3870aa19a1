"""Parsing of certificates and CRLs that encode default values, such as ``cA FALSE`` (X.690, 11.5).

A quarter of real certificates do so, and OpenSSL accepts them. Fields are read from a copy without these values;
signature and fingerprint are computed over the original bytes.
"""

from base64 import b64encode
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from keys import der
from keys.suites import algorithm_habit

_OF_CERTIFICATE, _OF_LIST = 0xA3, 0xA0
"""The tags of extensions."""
_LINE = 64
_BASIC_CONSTRAINTS = der.oid("2.5.29.19")
_FALSE = der.write(der.BOOLEAN, b"\x00")
_DER = serialization.Encoding.DER


class _Lenient:
    """A certificate or list with its original bytes, read from its repaired copy."""

    def __init__(self, raw: bytes, copy: x509.Certificate | x509.CertificateRevocationList, label: bytes) -> None:
        self._raw, self._copy, self._label = raw, copy, label

    @property
    def tbs_certificate_bytes(self) -> bytes:
        return der.sequence_of(self._raw, "certificate")[0].raw

    def public_bytes(self, encoding: serialization.Encoding) -> bytes:
        if encoding is _DER:
            return self._raw
        text = b64encode(self._raw)
        lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
        return b"\n".join([b"-----BEGIN %b-----" % self._label, *lines, b"-----END %b-----" % self._label, b""])

    def fingerprint(self, algorithm: hashes.HashAlgorithm) -> bytes:
        digest = hashes.Hash(algorithm)
        digest.update(self._raw)
        return digest.finalize()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._copy, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Lenient) and self._raw == other._raw

    def __hash__(self) -> int:
        return hash(self._raw)


def read_leniently(raw: bytes) -> x509.Certificate:
    """Parse a certificate that encodes default values.

    Raises:
        ValueError: not a certificate, or malformed in another way.
    """
    copy = x509.load_der_x509_certificate(_repaired(raw, _OF_CERTIFICATE))
    return cast("x509.Certificate", _Lenient(raw, copy, b"CERTIFICATE"))


def read_list_leniently(raw: bytes) -> x509.CertificateRevocationList:
    """Parse a revocation list that encodes default values.

    Raises:
        ValueError: not a revocation list, or malformed in another way.
    """
    copy = x509.load_der_x509_crl(_repaired(raw, _OF_LIST))
    return cast("x509.CertificateRevocationList", _Lenient(raw, copy, b"X509 CRL"))


def habits_of(certificate: x509.Certificate) -> list[str]:
    """Return accepted deviations of a certificate from its standard, as sentences."""
    algorithm = der.sequence_of(certificate.public_bytes(_DER), "certificate")[1]
    found = [habit] if (habit := algorithm_habit(algorithm.raw)) else []
    return [*found, "a default is written out in its extensions"] if isinstance(certificate, _Lenient) else found


def _repaired(raw: bytes, tag: int) -> bytes:
    content, *rest = der.sequence_of(raw, "signed")
    items, entries = [], False
    for item in der.items(content, "signed"):
        if item.tag == tag:
            [inner] = der.items(item, "extensions", tag)
            items.append(der.write(tag, _extensions(inner)))
        elif entries and item.tag == der.SEQUENCE:
            items.append(der.sequence(*map(_entry, der.items(item, "revokedCertificates"))))
        else:
            items.append(item.raw)
        entries = tag == _OF_LIST and item.tag in (der.UTC_TIME, der.TIME)  # revoked entries follow the list's times
    return der.sequence(der.sequence(*items), *(item.raw for item in rest))


def _entry(item: der.Element) -> bytes:
    serial, date, *extensions = der.items(item, "revokedCertificate")
    return der.sequence(serial.raw, date.raw, *map(_extensions, extensions))


def _extensions(held: der.Element) -> bytes:
    return der.sequence(*map(_extension, der.items(held, "extensions")))


def _extension(item: der.Element) -> bytes:
    name, *parts = (part.raw for part in der.items(item, "extension"))
    if name == _BASIC_CONSTRAINTS and parts:
        value = der.sequence_of(der.read(parts[-1], "extension").contents, "basicConstraints")
        kept = der.sequence(*(part.raw for part in value if part.raw != _FALSE))
        parts[-1] = der.write(der.OCTET_STRING, kept)
    return der.sequence(name, *(part for part in parts if part != _FALSE))
