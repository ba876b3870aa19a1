"""SD-JWT (RFC 9901): issuance, disclosure, presentation and verification, with SHA-256 and ``x5c``.

``<issuer-signed JWT>~<disclosure>~…~<key binding JWT or nothing>``. A disclosure is base64url of
``[salt, name, value]``, or ``[salt, value]`` for an array element; its digest is in the signed payload.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keys.disclosures import PROPERTY, Concealer, Disclosing, decode_disclosure, digest_of
from keys.errors import InvalidError, MalformedError
from keys.jws import chain_of, decode_jws, verify_jws
from keys.suites import Verifier

__all__ = ["Concealer", "SdJwt", "digest_of", "join"]

_MAX_TEXT = 64 * 1024 * 1024


def join(jwt: str, disclosures: Iterable[str]) -> str:
    """Return an SD-JWT without key binding."""
    return "~".join((jwt, *disclosures, ""))


@dataclass(frozen=True, slots=True)
class SdJwt:
    """A parsed SD-JWT; its contents are unverified until ``verify`` returns."""

    jwt: str
    disclosures: tuple[str, ...]
    key_binding: str
    header: Mapping[str, Any]
    chain: tuple[bytes, ...]

    @classmethod
    def parse(cls, text: str) -> "SdJwt":
        """Split and decode a text without verification.

        Raises:
            MalformedError: names the part and the rule.
        """
        if len(text) > _MAX_TEXT:
            raise MalformedError(f"SD-JWT: longer than {_MAX_TEXT} characters")
        if not text.isascii():
            raise MalformedError("SD-JWT: must be ASCII")
        jwt, separator, rest = text.strip().partition("~")
        if not separator:
            raise MalformedError("SD-JWT: no '~'; a plain JWT is not evidence here")
        *disclosures, key_binding = rest.split("~")
        header, _ = decode_jws(jwt, "SD-JWT")
        return cls(jwt, tuple(disclosures), key_binding, header, chain_of(header, "SD-JWT"))

    @property
    def text(self) -> str:
        """The SD-JWT as text."""
        return "~".join((self.jwt, *self.disclosures, self.key_binding))

    @property
    def unverified(self) -> dict[str, Any]:
        """The payload without verification, to find what verification needs."""
        return decode_jws(self.jwt, "SD-JWT")[1]

    @property
    def jwt_digest(self) -> str:
        """The hex SHA-256 of the issuer-signed JWT, which identifies the answer in a ledger leaf."""
        return sha256(self.jwt.encode()).hexdigest()

    def disclose(self, wanted: Callable[[str, str], bool]) -> "SdJwt":
        """Return the same answer with only the disclosures for which ``wanted(name, digest)`` is true.

        An array element's name is the empty string; the digest is the one in the payload. The parents of a wanted
        disclosure must be wanted as well.
        """
        kept = []
        for disclosure in self.disclosures:
            parts = decode_disclosure(disclosure)
            if wanted(parts[1] if len(parts) == PROPERTY else "", digest_of(disclosure)):
                kept.append(disclosure)
        return SdJwt(self.jwt, tuple(kept), "", self.header, self.chain)

    def verify(self, verifier: Verifier, *, whole: bool = False) -> dict[str, Any]:
        """Verify the signature and return the disclosed payload; ``whole`` refuses undisclosed values.

        Raises:
            InvalidError: a wrong algorithm or signature, or a disclosure with no or several digests in the payload.
            MalformedError: the payload is not an object, or a disclosure is malformed.
        """
        verify_jws(self.jwt, self.header, verifier, "SD-JWT")
        payload = decode_jws(self.jwt, "SD-JWT")[1]
        if payload.get("_sd_alg", "sha-256") != "sha-256":
            raise InvalidError("SD-JWT: _sd_alg must be sha-256")
        return Disclosing(self.disclosures).open(payload, whole=whole)
