"""The contents of a license's QR code: a CWT of the essential claims, compressed (zlib), in base45.

A printed code is a URL that a phone opens, with that text as its fragment, which browsers do not send (RFC 3986, 3.5).

Claims: issuer, identifier, times of issue and end, status list entry, and under short private names ``n`` the license's
name, ``h`` the holders (masked), ``d`` the SHA-256 of the envelope's issuer-signed JWT.
"""

import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from keys import cwt
from keys.encoding import base45, base45_decode, inflate
from keys.errors import MalformedError
from keys.suites import Signer

_MAX_TEXT = 4296  # the capacity of the largest QR code
_MAX_BYTES = 16 * 1024
_DIGEST_BYTES = 32
_IN_FRAGMENTS = "$*+-./:"  # of base45; only a blank and % are escaped


@dataclass(frozen=True, slots=True)
class Essentials:
    """The claims of a code; times are in seconds, and ``expires_at`` is 0 for a license without end."""

    issuer: str
    identifier: str
    name: str
    holders: str
    digest: str
    issued_at: int
    expires_at: int
    status_uri: str
    status_index: int


def write_qr(essentials: Essentials, signer: Signer, certificate: bytes) -> str:
    """Return the code's text, signed by the seal of the given certificate (DER)."""
    claims: dict[int | str, Any] = {
        cwt.ISSUER: essentials.issuer,
        cwt.SUBJECT: essentials.identifier,
        cwt.ISSUED_AT: essentials.issued_at,
        cwt.STATUS: {"status_list": {"idx": essentials.status_index, "uri": essentials.status_uri}},
        "n": essentials.name,
        "h": essentials.holders,
        "d": bytes.fromhex(essentials.digest),
    }
    if essentials.expires_at:
        claims[cwt.EXPIRY] = essentials.expires_at
    return base45(zlib.compress(cwt.issue_cwt(signer, certificate, claims), 9))


def code_url(page: str, text: str) -> str:
    """Return the URL of a page that checks codes, with a code's text in its fragment."""
    return f"{page}#{quote(text, safe=_IN_FRAGMENTS)}"


def code_of(text: str) -> str:
    """Return a code's text: the text itself, or the fragment of a URL."""
    _, hash_sign, fragment = text.partition("#")
    return unquote(fragment) if hash_sign else text


def parse_qr(text: str) -> cwt.Cwt:
    """Decode a code's text, or a URL with it, without verification.

    Raises:
        MalformedError: names the layer that is malformed.
    """
    if len(text) > _MAX_TEXT:
        raise MalformedError(f"QR code: longer than {_MAX_TEXT} characters")
    return cwt.Cwt.parse(
        inflate(base45_decode(code_of(text.strip("\r\n")), "QR code"), _MAX_BYTES, "QR code"), "QR code"
    )


def essentials_of(claims: dict[Any, Any]) -> Essentials:
    """Return the essential claims among verified claims.

    Raises:
        MalformedError: a claim is missing or of another type.
    """
    try:
        listed = claims[cwt.STATUS]["status_list"]
        found = Essentials(
            claims[cwt.ISSUER], claims[cwt.SUBJECT], claims["n"], claims["h"], claims["d"].hex(), claims[cwt.ISSUED_AT],
            claims.get(cwt.EXPIRY, 0), listed["uri"], listed["idx"],
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedError("QR code: essentials of a license are missing") from error
    texts = (found.issuer, found.identifier, found.name, found.holders, found.status_uri)
    numbers = (found.issued_at, found.expires_at, found.status_index)
    fits = all(isinstance(item, str) for item in texts) and all(isinstance(item, int) for item in numbers)
    if not fits or len(found.digest) != 2 * _DIGEST_BYTES:
        raise MalformedError("QR code: essentials of a license are not of their types")
    return found
