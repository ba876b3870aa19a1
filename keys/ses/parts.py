"""Parsing of the parts that seals and signatures have: names, certificates, pictures, extensions.

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
    Digest,
    Extension,
    Picture,
)

MAX_CERTIFICATE, _MAX_CERTIFICATES, _MAX_VALUE, MAX_TOKEN = 16 * 1024, 100, 64 * 1024, 64 * 1024
_MAX_EXTENSIONS, _MAX_MILLIMETRES, MAX_TEXT, _MAX_NAME = 32, 1000, 1024, 300
_ALWAYS, _NEVER = b"\xff", b"\x00"


def header_of(inner: der.Fields, least: int, most: int) -> tuple[int, str]:
    """Return version and vendor of a header."""
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


def known_parts(inner: der.Fields, signers: Callable[[der.Fields], _Signers], *times: int) -> _Known:
    """Return the parts after the header, which all versions have; ``times`` are the tags of times."""
    identifier = _printable(inner, "esID", der.IA5)
    fields = der.Fields(inner.take("property", der.SEQUENCE), f"{inner.what}.property")
    kind = fields.integer("type", 0, 1000)
    name = _printable(fields, "name", der.UTF8)
    certificates, digests = signers(fields)
    created, begin, end = (fields.time(what, *times) for what in ("createDate", "validStart", "validEnd"))
    fields.end()
    picture = _picture(inner)
    extensions = extensions_of(inner)
    inner.end()
    if begin > end:
        raise MalformedError(f"{fields.what}.validEnd: before validStart")
    return identifier, kind, name, certificates, digests, created, begin, end, picture, extensions


def _printable(fields: der.Fields, name: str, tag: int) -> str:
    found = fields.text(name, _MAX_NAME, tag)
    if not is_printable(found):  # shown to people, and used for look-ups
        raise MalformedError(f"{fields.what}.{name}: must be printable")
    return found


def signers(fields: der.Fields) -> _Signers:
    """Return the certificates or the digests of certificates that may sign."""
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


def old_signers(fields: der.Fields) -> _Signers:
    """Return the certificates that may sign, in version 1."""
    items = _bounded(der.items(fields.take("certList", der.SEQUENCE), f"{fields.what}.certList"), "certList")
    return _certificates(items, fields.what), ()


def _certificates(items: Sequence[der.Element], what: str) -> tuple[bytes, ...]:
    if any(item.tag != der.OCTET_STRING or len(item.contents) > MAX_CERTIFICATE for item in items):
        raise MalformedError(f"{what}.certList: certificates of at most {MAX_CERTIFICATE} bytes, in octet strings")
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


def extensions_of(inner: der.Fields) -> tuple[Extension, ...]:
    """Return the extensions, if there are any."""
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


def timestamp_of(fields: der.Fields) -> bytes:
    """Return the time-stamp, or nothing."""
    found = fields.optional(der.EXPLICIT)
    if found is None:
        return b""
    inner = der.Fields(found, f"{fields.what}.timeStamp", der.EXPLICIT)
    token = inner.bits("token", MAX_TOKEN)
    inner.end()
    return token
