"""A presented license, as envelope (SD-JWT VC) or QR code: its chain, and its verified claims."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm

from keys.certificates import der, read_certificate, verifier_of
from keys.cwt import Cwt, key_id
from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.jws import decode_jws
from keys.qr import Essentials, essentials_of, parse_qr
from keys.sdjwt import SdJwt
from keys.suites import Verifier
from keys.trust import TrustBundle

MEDIA_TYPE = "dc+sd-jwt"


def status_uri_of(text: str) -> str:
    """Return the status list's URI in a license (envelope or QR text), unverified.

    Raises:
        KeysError: the text is neither, or names no list.
    """
    if is_envelope(text):
        return _status(decode_jws(text.partition("~")[0], "license")[1])[0]
    return essentials_of(parse_qr(text).unverified_claims).status_uri


@dataclass(slots=True)
class Claims:
    """The claims of a license, after its seal is verified."""

    claims: dict[str, Any]
    digest: str
    issuer: str
    issued_at: int
    begins_at: int
    expires_at: int
    status_uri: str
    status_index: int


class Envelope:
    """A license as an SD-JWT VC."""

    def __init__(self, text: str) -> None:
        self._text = text

    def parse(self, _bundle: TrustBundle) -> str:
        """Read the text, and return what it is."""
        self._jwt = SdJwt.parse(self._text)
        if self._jwt.header.get("typ") != MEDIA_TYPE:
            raise MalformedError(f"license: header typ must be {MEDIA_TYPE}")
        try:
            self.chain = [read_certificate(item) for item in self._jwt.chain]
            self._verifier = verifier_of(self.chain[0])
        except (ValueError, UnsupportedAlgorithm) as error:
            raise MalformedError("license: header x5c does not hold certificates that are known here") from error
        return f"SD-JWT VC with {len(self._jwt.disclosures)} disclosures"

    def verify(self) -> Claims:
        """Verify the seal's signature, and return the claims."""
        claims = self._jwt.verify(self._verifier)
        if self._jwt.key_binding:
            raise InvalidError("license: something follows the last disclosure; key bindings are not checked here")
        uri, index = _status(claims)
        times = [claims.get("iat"), claims.get("nbf", 0), claims.get("exp", 0)]
        if not isinstance(claims.get("iss"), str) or not all(isinstance(item, int) for item in times):
            raise MalformedError("license: iss, iat, nbf and exp are not of their types")
        issued, begins, expires = times
        return Claims(claims, self._jwt.jwt_digest, claims["iss"], int(issued), begins, expires, uri, index)


class Code:
    """A license's essentials as the text of a QR code."""

    def __init__(self, text: str) -> None:
        self._text = text

    def parse(self, bundle: TrustBundle) -> str:
        """Read the text, find its seal in the bundle, and return what it is."""
        self._cwt: Cwt = parse_qr(self._text)
        seal = next((item for item in bundle.seals if key_id(der(item)) == self._cwt.key_id), None)
        if seal is None:
            raise UndecidedError("QR code: the trust bundle does not hold the seal that signed it")
        self.chain = [seal, *[item for item in bundle.seals if item.subject == seal.issuer][:1]]
        self._verifier: Verifier = verifier_of(seal)
        return f"CWT of {len(self._text)} characters"

    def verify(self) -> Claims:
        """Verify the seal's signature, and return the claims."""
        found: Essentials = essentials_of(self._cwt.verify(self._verifier, "QR code"))
        claims = {"identifier": found.identifier, "name": found.name, "holders": found.holders, "iss": found.issuer}
        return Claims(
            claims,
            found.digest,
            found.issuer,
            found.issued_at,
            0,
            found.expires_at,
            found.status_uri,
            found.status_index,
        )


def is_envelope(text: str) -> bool:
    """Return whether a text is, or begins as, an envelope: each JWS does so, and no base45 text."""
    return "~" in text or text.startswith("eyJ")


def _status(claims: Any) -> tuple[str, int]:
    try:
        listed = claims["status"]["status_list"]
        uri, index = listed["uri"], listed["idx"]
    except (KeyError, TypeError) as error:
        raise MalformedError("license: names no status list") from error
    if not isinstance(uri, str) or not isinstance(index, int):
        raise MalformedError("license: status_list needs uri and idx")
    return uri, index


def time_of(seconds: int) -> datetime:
    """Return a time of a license.

    Raises:
        MalformedError: it is out of range.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedError("license: a time is out of range") from error
