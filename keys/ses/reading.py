"""Strict parsing of seals and signatures: DER with bounded lengths and numbers, and no trailing data."""

from datetime import datetime

from keys import der
from keys.errors import MalformedError
from keys.ses.parts import (
    MAX_CERTIFICATE,
    MAX_TEXT,
    MAX_TOKEN,
    extensions_of,
    header_of,
    known_parts,
    old_signers,
    signers,
    timestamp_of,
)
from keys.ses.structure import (
    MAX_SEAL,
    MAX_SIGNATURE,
    ESeal,
    ESignature,
)

_V1, _V4, _V5 = 1, 4, 5


def read_seal(data: bytes) -> ESeal:
    """Parse an SESeal of any version.

    Raises:
        MalformedError: names the field and the rule.
    """
    if len(data) > MAX_SEAL:
        raise MalformedError(f"seal: at most {MAX_SEAL} bytes")
    return _seal(der.read(data, "seal"))


def read_signature(data: bytes) -> ESignature:
    """Parse an SES_Signature of any version.

    Raises:
        MalformedError: as ``read_seal``.
    """
    if len(data) > MAX_SIGNATURE:
        raise MalformedError(f"signature: at most {MAX_SIGNATURE} bytes")
    element = der.read(data, "signature")
    fields = der.Fields(element, "signature")
    signed = fields.take("toSign", der.SEQUENCE)
    if fields.left == 1:
        return _old_signature(element, signed, fields.bits("signature", MAX_CERTIFICATE))
    inner = der.Fields(signed, "signature.toSign")
    version = inner.integer("version", _V4, _V5)
    seal = _seal(inner.take("eseal", der.SEQUENCE))
    if seal.version != version:
        raise MalformedError(f"signature.toSign.version: {version}, and the seal in it is of version {seal.version}")
    at = inner.time("timeInfo", der.TIME)
    digest = inner.bits("dataHash", 64)
    info = inner.text("propertyInfo", MAX_TEXT, der.IA5)
    extensions = extensions_of(inner)
    inner.end()
    signer = fields.octets("cert", MAX_CERTIFICATE)
    algorithm = fields.oid("signatureAlgID")
    signature = fields.bits("signature", 128)
    timestamp = timestamp_of(fields)
    fields.end()
    return ESignature(
        version, seal, at, digest, info, extensions, signer, algorithm, signature, timestamp, signed.raw,
        element.raw,
    )  # fmt: skip


def _old_signature(element: der.Element, signed: der.Element, signature: bytes) -> ESignature:
    inner = der.Fields(signed, "signature.toSign")
    inner.integer("version", _V1, _V4 - 1)
    seal = _seal(inner.take("eseal", der.SEQUENCE))
    if seal.version != _V1:
        raise MalformedError(f"signature.toSign.eseal: of version {seal.version} in a signature of version 1")
    token = inner.bits("timeInfo", MAX_TOKEN)
    digest = inner.bits("dataHash", 64)
    info = inner.text("propertyInfo", MAX_TEXT, der.IA5)
    signer = inner.octets("cert", MAX_CERTIFICATE)
    algorithm = inner.oid("signatureAlgorithm")
    inner.end()
    return ESignature(
        _V1, seal, _plain_time(token), digest, info, (), signer, algorithm, signature, b"", signed.raw,
        element.raw,
    )  # fmt: skip


def _plain_time(token: bytes) -> datetime | None:
    """Return the time in a v1 timeInfo, or None if it is a token."""
    try:
        return der.Fields(der.read(der.sequence(token), "timeInfo"), "timeInfo").time("time")
    except MalformedError:
        return None


def _seal(element: der.Element) -> ESeal:
    fields = der.Fields(element, "seal")
    info = fields.take("eSealInfo", der.SEQUENCE)
    if fields.left == 1:
        return _old_seal(element, info, fields.take("signInfo", der.SEQUENCE))
    inner = der.Fields(info, "seal.eSealInfo")
    version, vendor = header_of(inner, _V4, _V5)
    known = known_parts(inner, signers, der.TIME)
    maker = fields.octets("cert", MAX_CERTIFICATE)
    algorithm = fields.oid("signAlgID")
    signature = fields.bits("signedValue", 128)
    timestamp = timestamp_of(fields)
    if timestamp and version != _V5:
        raise MalformedError("seal.timeStamp: only in version 5")
    fields.end()
    return ESeal(version, vendor, *known, maker, algorithm, signature, timestamp, info.raw, element.raw)


def _old_seal(element: der.Element, info: der.Element, sign_info: der.Element) -> ESeal:
    inner = der.Fields(info, "seal.esealInfo")
    _, vendor = header_of(inner, _V1, _V4 - 1)
    known = known_parts(inner, old_signers, der.UTC_TIME, der.TIME)
    fields = der.Fields(sign_info, "seal.signInfo")
    maker = fields.octets("cert", MAX_CERTIFICATE)
    algorithm = fields.oid("signatureAlgorithm")
    signature = fields.bits("signData", 128)
    fields.end()
    certificate, identifier = der.items(sign_info, "seal.signInfo")[:2]
    signed = der.sequence(info.raw, certificate.raw, identifier.raw)
    return ESeal(_V1, vendor, *known, maker, algorithm, signature, b"", signed, element.raw)
