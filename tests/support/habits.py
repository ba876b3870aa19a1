"""Certificates and CRLs with common deviations from the standard and right signatures."""

from keys import der
from keys.suites import SUITES, Signer

NULL = bytes.fromhex("300c06082a811ccf550183750500")
_BASIC_CONSTRAINTS, _FALSE = der.oid("2.5.29.19"), b"\x01\x01\x00"


def with_null_parameters(signed: bytes, signer: Signer) -> bytes:
    """Return a certificate or list whose SM2 AlgorithmIdentifiers have NULL parameters."""
    content, algorithm, _ = der.sequence_of(signed, "signed")
    parts = [NULL if item.raw == algorithm.raw else item.raw for item in der.items(content, "signed")]
    return _signed(der.sequence(*parts), signer, NULL)


def with_defaults_written_out(signed: bytes, signer: Signer) -> bytes:
    """Return a certificate with ``critical FALSE`` and ``cA FALSE``."""
    content, algorithm, _ = der.sequence_of(signed, "certificate")
    *parts, held = der.items(content, "certificate")
    [inner] = der.items(held, "extensions", held.tag)
    extensions = der.sequence(*(_written_out(item) for item in der.items(inner, "extensions")))
    return _signed(der.sequence(*(item.raw for item in parts), der.write(held.tag, extensions)), signer, algorithm.raw)


def list_with_defaults_written_out(signed: bytes, signer: Signer) -> bytes:
    """Return a CRL with ``critical FALSE`` in its own extensions and those of its entries."""
    content, algorithm, _ = der.sequence_of(signed, "list")
    *parts, entries, held = der.items(content, "list")
    revoked = der.sequence(*(_entry_written_out(item) for item in der.items(entries, "entries")))
    [inner] = der.items(held, "extensions", held.tag)
    extensions = der.write(held.tag, der.sequence(*(_written_out(item) for item in der.items(inner, "extensions"))))
    return _signed(der.sequence(*(item.raw for item in parts), revoked, extensions), signer, algorithm.raw)


def _entry_written_out(item: der.Element) -> bytes:
    serial, date, *_ = der.items(item, "entry")
    reason = der.sequence(der.oid("2.5.29.21"), _FALSE, der.write(der.OCTET_STRING, b"\x0a\x01\x01"))
    return der.sequence(serial.raw, date.raw, der.sequence(reason))


def _written_out(item: der.Element) -> bytes:
    name, *parts = (part.raw for part in der.items(item, "extension"))
    if name == _BASIC_CONSTRAINTS:
        parts[-1] = der.write(der.OCTET_STRING, der.sequence(_FALSE))
    return der.sequence(name, *(parts if len(parts) > 1 else [_FALSE, *parts]))


def _signed(content: bytes, signer: Signer, algorithm: bytes) -> bytes:
    value = SUITES[signer.algorithm].encode(signer.sign(content))
    return der.sequence(content, algorithm, der.bits(value))
