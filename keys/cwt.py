"""CWT (RFC 8392) in COSE_Sign1 (RFC 9052): signed claims small enough for a QR code.

The protected header has the algorithm, a key identifier (the first eight bytes of the SHA-256 of the signer's
certificate) and optionally the media type (RFC 9596). Numbers of claims and algorithms are IANA's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import cbor2

from keys.errors import InvalidError, MalformedError
from keys.suites import Signer, Verifier

ISSUER, SUBJECT, EXPIRY, ISSUED_AT = 1, 2, 4, 6
STATUS, STATUS_LIST, TTL = 65535, 65533, 65534  # Token Status List
_ALGORITHM, _KEY_ID, _X5CHAIN, _TYPE = 1, 4, 33, 16
_COSE = {"ES256": -7, "EdDSA": -8}
_SIGN1, _TAGGED = 18, 61
_FIELDS = 4
KEY_ID_BYTES = 8


def key_id(certificate: bytes) -> bytes:
    """Return the key identifier of a signer's certificate (DER)."""
    return sha256(certificate).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Cwt:
    """A parsed CWT; its contents are unverified until ``verify`` returns."""

    protected: bytes
    header: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes

    @classmethod
    def parse(cls, data: bytes, field: str) -> "Cwt":
        """Decode a tagged COSE_Sign1.

        Raises:
            MalformedError: names the part and the rule.
        """
        message = _loads(data, field)
        if isinstance(message, cbor2.CBORTag) and message.tag == _TAGGED:
            message = message.value
        if not isinstance(message, cbor2.CBORTag) or message.tag != _SIGN1:
            raise MalformedError(f"{field}: not a COSE_Sign1")
        parts = message.value
        if not isinstance(parts, (list, tuple)) or len(parts) != _FIELDS:
            raise MalformedError(f"{field}: a COSE_Sign1 has four parts")
        protected, unprotected, payload, signature = parts
        if not all(isinstance(item, bytes) for item in (protected, payload, signature)):
            raise MalformedError(f"{field}: header, payload and signature must be byte strings")
        header = _loads(protected, f"{field} header")
        if not isinstance(header, dict) or not isinstance(unprotected, dict):
            raise MalformedError(f"{field}: headers must be maps")
        return cls(protected, header, unprotected, payload, signature)

    @property
    def key_id(self) -> bytes:
        """The identifier of the key that signed it."""
        found = self.header.get(_KEY_ID)
        return found if isinstance(found, bytes) else b""

    @property
    def certificate(self) -> bytes:
        """The signer's certificate (DER) that it carries, or empty bytes."""
        found = self.unprotected.get(_X5CHAIN)
        return found if isinstance(found, bytes) else b""

    @property
    def unverified_claims(self) -> dict[Any, Any]:
        """Return the claims without verification, to find what verification needs.

        Raises:
            MalformedError: the claims are not a map.
        """
        claims = _loads(self.payload, "CWT claims")
        if not isinstance(claims, dict):
            raise MalformedError("CWT claims: must be a map")
        return claims

    @property
    def media_type(self) -> str:
        """The media type in the protected header, or an empty string."""
        found = self.header.get(_TYPE)
        return found if isinstance(found, str) else ""

    def verify(self, verifier: Verifier, field: str) -> dict[Any, Any]:
        """Check algorithm and signature, and return the claims.

        Raises:
            InvalidError: the algorithm or the signature is wrong.
            MalformedError: the claims are not a map.
        """
        if self.header.get(_ALGORITHM) != _COSE.get(verifier.algorithm):
            raise InvalidError(f"{field}: the algorithm is not that of its key")
        if not verifier.verify(self.signature, _to_be_signed(self.protected, self.payload)):
            raise InvalidError(f"{field}: the signature is wrong")
        claims = _loads(self.payload, f"{field} claims")
        if not isinstance(claims, dict):
            raise MalformedError(f"{field}: claims must be a map")
        return claims


def issue_cwt(
    signer: Signer, certificate: bytes, claims: Mapping[int | str, Any], media_type: str = "", chain: bytes = b""
) -> bytes:
    """Sign claims as a CWT.

    Args:
        signer: the signer of the issuer's key.
        certificate: the issuer's certificate in DER, from which the key identifier is computed.
        claims: the claims, by IANA's numbers or by private names.
        media_type: the media type for the protected header, if readers need one.
        chain: a certificate for the unprotected header, if size does not matter.
    """
    header: dict[int, Any] = {_ALGORITHM: _COSE[signer.algorithm], _KEY_ID: key_id(certificate)}
    if media_type:
        header[_TYPE] = media_type
    protected = cbor2.dumps(header, canonical=True)
    payload = cbor2.dumps(dict(claims), canonical=True)
    signature = signer.sign(_to_be_signed(protected, payload))
    unprotected = {_X5CHAIN: chain} if chain else {}
    return cbor2.dumps(cbor2.CBORTag(_SIGN1, [protected, unprotected, payload, signature]))


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _loads(data: bytes, field: str) -> Any:
    try:
        return cbor2.loads(data)
    except Exception as error:  # the decoder raises many types
        raise MalformedError(f"{field}: not CBOR") from error
