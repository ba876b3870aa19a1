"""Token Status Lists: the states of up to millions of licenses in a signed, compressed bit string.

Two bits a license, the least significant first: 0 valid, 1 invalid, 2 suspended. Encoded as JWT (``statuslist+jwt``)
and CWT (``application/statuslist+cwt``).
"""

import operator
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from keys import cwt
from keys.certificates import Use, organization_identifier, read_certificate, verifier_of
from keys.chain import ever_revoked, verify_chain
from keys.encoding import base64url, base64url_decode, inflate
from keys.errors import InvalidError, MalformedError
from keys.jws import Issuer, chain_of, decode_jws, verify_jws
from keys.suites import Signer
from keys.trust import TrustBundle

JWT_TYPE, CWT_TYPE = "statuslist+jwt", "application/statuslist+cwt"
BITS = 2
_PER_BYTE = 8 // BITS
_JSON = b"eyJ"  # the beginning of every JWT, and of no CWT
MAX_BYTES = 4 * 1024 * 1024
"""The largest decompressed size of a list: sixteen million licenses."""


class Status(IntEnum):
    """The status of a license in a list."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


def pack(size: int, states: Iterable[tuple[int, Status]]) -> bytes:
    """Return the bit string of ``size`` entries, valid except for those given as (index, status)."""
    data = bytearray(-(-size // _PER_BYTE))
    for index, status in states:
        if not 0 <= index < size:
            raise ValueError(f"status list: index {index} is outside its {size} entries")
        data[index // _PER_BYTE] |= status << index % _PER_BYTE * BITS
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Published:
    """The metadata of a published list: its URI, its issuer and its period."""

    uri: str
    issuer: str
    issued_at: int
    expires_at: int
    ttl: int


def as_jwt(published: Published, data: bytes, issuer: Issuer) -> str:
    """Return a list as a JWT; ``issuer`` must have the type ``JWT_TYPE``."""
    return issuer.issue(
        {
            "iss": published.issuer,
            "sub": published.uri,
            "iat": published.issued_at,
            "exp": published.expires_at,
            "ttl": published.ttl,
            "status_list": {"bits": BITS, "lst": base64url(zlib.compress(data, 9))},
        }
    )


def as_cwt(published: Published, data: bytes, signer: Signer, certificate: bytes) -> bytes:
    """Return a list as a CWT, with the signer's certificate."""
    claims: dict[int | str, Any] = {
        cwt.ISSUER: published.issuer,
        cwt.SUBJECT: published.uri,
        cwt.ISSUED_AT: published.issued_at,
        cwt.EXPIRY: published.expires_at,
        cwt.TTL: published.ttl,
        cwt.STATUS_LIST: {"bits": BITS, "lst": zlib.compress(data, 9)},
    }
    return cwt.issue_cwt(signer, certificate, claims, CWT_TYPE, certificate)


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list whose signature and period are verified."""

    uri: str
    issuer: str
    issued_at: datetime
    expires_at: datetime
    data: bytes

    @classmethod
    def open(cls, token: str | bytes, bundle: TrustBundle) -> "StatusList":
        """Verify a status list, JWT or CWT; one opened list serves checks of many licenses.

        Raises:
            MalformedError: not a status list, or larger than the limits when decompressed.
            InvalidError: the signature or the certificate is wrong.
            UndecidedError: the bundle's revocation lists do not cover its time.
        """
        text = token.decode("ascii", "replace") if isinstance(token, bytes) and token.startswith(_JSON) else token
        chain, found = _from_jwt(text.strip()) if isinstance(text, str) else _from_cwt(text, bundle)
        verify_chain(chain, Use.SEAL, found.issued_at, bundle)
        if ever_revoked(chain, bundle):
            raise InvalidError("status list: the seal was revoked; its issuer publishes a new list")
        if found.expires_at - found.issued_at > _LONGEST:
            raise InvalidError(f"status list: lives longer than {_LONGEST.days} days")
        if found.issuer != organization_identifier(chain[0]):
            raise InvalidError("status list: the seal belongs to another agency")
        return found

    def require(self, uri: str, at: datetime) -> None:
        """Check that the list is the one that a license names, and in force at a time.

        Raises:
            InvalidError: it is another list, or its period has not begun.
            ExpiredError: its period has ended.
        """
        if self.uri != uri:
            raise InvalidError("status list: it is another list than the license names")
        if self.issued_at > at and (self.issued_at - at).total_seconds() > _CLOCKS_SECONDS:
            raise InvalidError("status list: it is from the future")
        if at >= self.expires_at:
            raise ExpiredError(f"status list: past its end, {self.expires_at:%Y-%m-%d %H:%M:%S} UTC")

    def status(self, index: int) -> Status:
        """Return the status at an index.

        Raises:
            InvalidError: the index is outside the list, or the value is undefined.
        """
        if not 0 <= index // _PER_BYTE < len(self.data):
            raise InvalidError("status list: the license's index is outside it")
        try:
            return Status(self.data[index // _PER_BYTE] >> index % _PER_BYTE * BITS & 3)
        except ValueError as error:
            raise InvalidError("status list: a status that is not known here") from error


class ExpiredError(InvalidError):
    """The status list has expired."""


_CLOCKS_SECONDS = 300
_LONGEST = timedelta(days=7)


def _from_jwt(token: str) -> tuple[list[x509.Certificate], StatusList]:
    header, payload = decode_jws(token, "status list")
    if header.get("typ") != JWT_TYPE:
        raise MalformedError(f"status list: header typ must be {JWT_TYPE}")
    chain = _chain(chain_of(header, "status list"))
    verify_jws(token, header, verifier_of(chain[0]), "status list")
    listed = payload.get("status_list")
    if isinstance(listed, dict) and isinstance(listed.get("lst"), str):
        listed["lst"] = base64url_decode(listed["lst"], "status list lst")
    return chain, _read(payload.get("sub"), payload.get("iss"), payload.get("iat"), payload.get("exp"), listed)


def _from_cwt(token: bytes, bundle: TrustBundle) -> tuple[list[x509.Certificate], StatusList]:
    """Parse a CWT; its issuer's CA certificate is taken from the bundle, since it carries one only."""
    if len(token) > MAX_BYTES:
        raise MalformedError(f"status list: at most {MAX_BYTES} bytes")
    found = cwt.Cwt.parse(token, "status list")
    if found.media_type != CWT_TYPE:
        raise MalformedError(f"status list: its type must be {CWT_TYPE}")
    [own] = _chain([found.certificate])
    claims = found.verify(verifier_of(own), "status list")
    above = [item for item in bundle.seals if item.subject == own.issuer][:1]
    facts = (claims.get(name) for name in (cwt.SUBJECT, cwt.ISSUER, cwt.ISSUED_AT, cwt.EXPIRY, cwt.STATUS_LIST))
    return [own, *above], _read(*facts)


def _chain(items: Iterable[bytes]) -> list[x509.Certificate]:
    try:
        chain = [read_certificate(item) for item in items]
        _ = verifier_of(chain[0])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("status list: does not hold certificates that are known here") from error
    return chain


def _read(uri: Any, issuer: Any, issued_at: Any, expires_at: Any, listed: Any) -> StatusList:
    if not isinstance(listed, dict) or listed.get("bits") != BITS or not isinstance(listed.get("lst"), bytes):
        raise MalformedError(f"status list: status_list must have bits {BITS} and lst")
    if not all(isinstance(item, str) for item in (uri, issuer)):
        raise MalformedError("status list: sub and iss are required")
    data = inflate(listed["lst"], MAX_BYTES, "status list lst")
    try:
        issued, expires = (datetime.fromtimestamp(operator.index(item), UTC) for item in (issued_at, expires_at))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise MalformedError("status list: iat and exp must be times") from error
    return StatusList(uri, issuer, issued, expires, data)
