"""Certificates that write out what DER leaves out: ``cA FALSE``, ``critical FALSE`` (X.690, 11.5).

A quarter of real certificates do, and OpenSSL reads them. What such a certificate says is read from a copy without
these values; its bytes, over which signature and fingerprint are, stay as they were received.
"""

import ssl
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from keys import der
from keys.suites import algorithm_habit

_EXTENSIONS = 0xA3
_BASIC_CONSTRAINTS = der.oid("2.5.29.19")
_FALSE = der.write(der.BOOLEAN, b"\x00")
_DER = serialization.Encoding.DER


class _Lenient:
    """A certificate as it was received, read from its repaired copy."""

    def __init__(self, raw: bytes, copy: x509.Certificate) -> None:
        self._raw, self._copy = raw, copy

    @property
    def tbs_certificate_bytes(self) -> bytes:
        return der.sequence_of(self._raw, "certificate")[0].raw

    def public_bytes(self, encoding: serialization.Encoding) -> bytes:
        return self._raw if encoding is _DER else ssl.DER_cert_to_PEM_cert(self._raw).encode()

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
    """A certificate that writes out defaults.

    Raises:
        ValueError: not a certificate, or wrong in some other way.
    """
    return cast("x509.Certificate", _Lenient(raw, x509.load_der_x509_certificate(_repaired(raw))))


def habits_of(certificate: x509.Certificate) -> list[str]:
    """Where a certificate differs from its standard and is good all the same, as sentences tell it."""
    algorithm = der.sequence_of(certificate.public_bytes(_DER), "certificate")[1]
    found = [habit] if (habit := algorithm_habit(algorithm.raw)) else []
    return [*found, "a default is written out in its extensions"] if isinstance(certificate, _Lenient) else found


def _repaired(raw: bytes) -> bytes:
    content, *rest = der.sequence_of(raw, "certificate")
    items = [
        der.write(_EXTENSIONS, der.sequence(*map(_extension, _extensions(item))))
        if item.tag == _EXTENSIONS
        else item.raw
        for item in der.items(content, "certificate")
    ]
    return der.sequence(der.sequence(*items), *(item.raw for item in rest))


def _extensions(held: der.Element) -> list[der.Element]:
    [inner] = der.items(held, "extensions", _EXTENSIONS)
    return der.items(inner, "extensions")


def _extension(item: der.Element) -> bytes:
    name, *parts = (part.raw for part in der.items(item, "extension"))
    if name == _BASIC_CONSTRAINTS and parts:
        value = der.sequence_of(der.read(parts[-1], "extension").contents, "basicConstraints")
        kept = der.sequence(*(part.raw for part in value if part.raw != _FALSE))
        parts[-1] = der.write(der.OCTET_STRING, kept)
    return der.sequence(name, *(part for part in parts if part != _FALSE))
