"""Strict parsing of seals and signatures: DER with bounded lengths and numbers, and no trailing data.

Two common deviations are accepted, since the signed bytes are kept as received: an encoded ``critical FALSE``, and
extensions without the ``[0]`` tag.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from keys import der
from keys.errors import MalformedError
from keys.printable import is_printable
from keys.ses.structure import (
    MAX_PICTURE,
    MAX_SEAL,
    MAX_SIGNATURE,
    Digest,
    ESeal,
    ESignature,
    Extension,
    Picture,
)

_MAX_CERTIFICATE, _MAX_CERTIFICATES, _MAX_VALUE, _MAX_TOKEN = 16 * 1024, 100, 64 * 1024, 64 * 1024
_MAX_EXTENSIONS, _MAX_MILLIMETRES, _MAX_TEXT, _MAX_NAME = 32, 1000, 1024, 300
_V1, _V4, _V5 = 1, 4, 5
_ALWAYS, _NEVER = b"\xff", b"\x00"


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
        return _old_signature(element, signed, fields.bits("signature", _MAX_CERTIFICATE))
    inner = der.Fields(signed, "signature.toSign")
    version = inner.integer("version", _V4, _V5)
    seal = _seal(inner.take("eseal", der.SEQUENCE))
    if seal.version != version:
        raise MalformedError(f"signature.toSign.version: {version}, and the seal in it is of version {seal.version}")
    at = inner.time("timeInfo", der.TIME)
    digest = inner.bits("dataHash", 64)
    info = inner.text("propertyInfo", _MAX_TEXT, der.IA5)
    extensions = _extensions(inner)
    inner.end()
    signer = fields.octets("cert", _MAX_CERTIFICATE)
    algorithm = fields.oid("signatureAlgID")
    signature = fields.bits("signature", 128)
    timestamp = _timestamp(fields)
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
    token = inner.bits("timeInfo", _MAX_TOKEN)
    digest = inner.bits("dataHash", 64)
    info = inner.text("propertyInfo", _MAX_TEXT, der.IA5)
    signer = inner.octets("cert", _MAX_CERTIFICATE)
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
    version, vendor = _header(inner, _V4, _V5)
    known = _known(inner, _signers, der.TIME)
    maker = fields.octets("cert", _MAX_CERTIFICATE)
    algorithm = fields.oid("signAlgID")
    signature = fields.bits("signedValue", 128)
    timestamp = _timestamp(fields)
    if timestamp and version != _V5:
        raise MalformedError("seal.timeStamp: only in version 5")
    fields.end()
    return ESeal(version, vendor, *known, maker, algorithm, signature, timestamp, info.raw, element.raw)


def _old_seal(element: der.Element, info: der.Element, sign_info: der.Element) -> ESeal:
    inner = der.Fields(info, "seal.esealInfo")
    _, vendor = _header(inner, _V1, _V4 - 1)
    known = _known(inner, _old_signers, der.UTC_TIME, der.TIME)
    fields = der.Fields(sign_info, "seal.signInfo")
    maker = fields.octets("cert", _MAX_CERTIFICATE)
    algorithm = fields.oid("signatureAlgorithm")
    signature = fields.bits("signData", 128)
    fields.end()
    certificate, identifier = der.items(sign_info, "seal.signInfo")[:2]
    signed = der.sequence(info.raw, certificate.raw, identifier.raw)
    return ESeal(_V1, vendor, *known, maker, algorithm, signature, b"", signed, element.raw)


def _header(inner: der.Fields, least: int, most: int) -> tuple[int, str]:
    header = der.Fields(inner.take("header", der.SEQUENCE), f"{inner.what}.header")
    if header.text("ID", 8, der.IA5) != "ES":
        raise MalformedError(f"{header.what}.ID: must be ES")
    version, vendor = header.integer("version", least, most), header.text("Vid", _MAX_NAME, der.IA5)
    header.end()
    return version, vendor


_Signers = tuple[tuple[bytes, ...], tuple[Digest, ...]]
_Known = tuple[
    str, int, str, tuple[bytes, ...], tuple[Digest, ...], datetime, datetime, datetime, Picture, tuple[Extension, ...]
]


def _known(inner: der.Fields, signers: Callable[[der.Fields], _Signers], *times: int) -> _Known:
    identifier = _printable(inner, "esID", der.IA5)
    fields = der.Fields(inner.take("property", der.SEQUENCE), f"{inner.what}.property")
    kind = fields.integer("type", 0, 1000)
    name = _printable(fields, "name", der.UTF8)
    certificates, digests = signers(fields)
    created, begin, end = (fields.time(what, *times) for what in ("createDate", "validStart", "validEnd"))
    fields.end()
    picture = _picture(inner)
    extensions = _extensions(inner)
    inner.end()
    if begin > end:
        raise MalformedError(f"{fields.what}.validEnd: before validStart")
    return identifier, kind, name, certificates, digests, created, begin, end, picture, extensions


def _printable(fields: der.Fields, name: str, tag: int) -> str:
    found = fields.text(name, _MAX_NAME, tag)
    if not is_printable(found):  # shown to people, and used for look-ups
        raise MalformedError(f"{fields.what}.{name}: must be printable")
    return found


def _signers(fields: der.Fields) -> _Signers:
    kind = fields.integer("certListType", 1, 2)
    items = _bounded(der.items(fields.take("certList", der.SEQUENCE), f"{fields.what}.certList"), "certList")
    if kind == 1:
        return _certificates(items, fields.what), ()
    digests = []
    for item in items:
        inner = der.Fields(item, f"{fields.what}.certDigestList")
        digests.append(Digest(inner.text("type", 64, der.PRINTABLE), inner.octets("value", 64)))
        inner.end()
    return (), tuple(digests)


def _old_signers(fields: der.Fields) -> _Signers:
    items = _bounded(der.items(fields.take("certList", der.SEQUENCE), f"{fields.what}.certList"), "certList")
    return _certificates(items, fields.what), ()


def _certificates(items: Sequence[der.Element], what: str) -> tuple[bytes, ...]:
    if any(item.tag != der.OCTET_STRING or len(item.contents) > _MAX_CERTIFICATE for item in items):
        raise MalformedError(f"{what}.certList: certificates of at most {_MAX_CERTIFICATE} bytes, in octet strings")
    return tuple(item.contents for item in items)


def _bounded(items: list[der.Element], what: str) -> list[der.Element]:
    if not 0 < len(items) <= _MAX_CERTIFICATES:
        raise MalformedError(f"seal.{what}: 1 to {_MAX_CERTIFICATES}")
    return items


def _picture(inner: der.Fields) -> Picture:
    fields = der.Fields(inner.take("picture", der.SEQUENCE), f"{inner.what}.picture")
    found = Picture(
        fields.text("type", 16, der.IA5),
        fields.octets("data", MAX_PICTURE),
        fields.integer("width", 1, _MAX_MILLIMETRES),
        fields.integer("height", 1, _MAX_MILLIMETRES),
    )
    fields.end()
    return found


def _extensions(inner: der.Fields) -> tuple[Extension, ...]:
    found = inner.optional(der.EXPLICIT, der.SEQUENCE)
    if found is None:
        return ()
    what = f"{inner.what}.extDatas"
    if found.tag == der.EXPLICIT:
        within = der.Fields(found, what, der.EXPLICIT)
        found = within.take("items", der.SEQUENCE)
        within.end()
    items = der.items(found, what)
    if len(items) > _MAX_EXTENSIONS:
        raise MalformedError(f"{what}: at most {_MAX_EXTENSIONS}")
    extensions = []
    for item in items:
        fields = der.Fields(item, what)
        name = fields.oid("extnID")
        flag = fields.optional(der.BOOLEAN)
        if flag is not None and flag.contents not in (_ALWAYS, _NEVER):
            raise MalformedError(f"{what}.critical: TRUE is FF, FALSE is 00")
        critical = flag is not None and flag.contents == _ALWAYS
        extensions.append(Extension(name, critical, fields.octets("extnValue", _MAX_VALUE)))
        fields.end()
    if len({item.oid for item in extensions}) < len(extensions):
        raise MalformedError(f"{what}: one extension twice")
    return tuple(extensions)


def _timestamp(fields: der.Fields) -> bytes:
    found = fields.optional(der.EXPLICIT)
    if found is None:
        return b""
    inner = der.Fields(found, f"{fields.what}.timeStamp", der.EXPLICIT)
    token = inner.bits("token", _MAX_TOKEN)
    inner.end()
    return token
