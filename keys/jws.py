"""JWS in compact form (RFC 7515) with the signer's certificates in ``x5c``: issue, decode, verify.

The key decides the algorithm, not the header: ``none``, or HS256 with a public key, is refused as a wrong header.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from keys.encoding import base64url, base64url_bytes, base64url_decode, parse_json
from keys.errors import InvalidError, MalformedError
from keys.suites import Signer, Verifier

_PARTS = 3
_MAX_CHAIN = 4


class Issuer:
    """Signs payloads with one key and one header, which is encoded once."""

    def __init__(self, signer: Signer, chain: Iterable[bytes], media_type: str) -> None:
        """Encode the header: ``chain`` has DER certificates, the signer's first; ``media_type`` is ``typ``."""
        x5c = [base64.b64encode(certificate).decode() for certificate in chain]
        header = {"alg": signer.algorithm, "typ": media_type, "x5c": x5c}
        self._header = base64url(orjson.dumps(header)).encode() + b"."
        self._sign = signer.sign

    def issue(self, payload: Mapping[str, Any]) -> str:
        """Return the JWS of ``payload``."""
        data = self._header + base64url_bytes(orjson.dumps(payload))
        return (data + b"." + base64url_bytes(self._sign(data))).decode("ascii")


def decode_jws(jws: str, field: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decode header and payload without verification; ``field`` is named in errors.

    Raises:
        MalformedError: not three parts of canonical base64url with two JSON objects.
    """
    parts = jws.split(".")
    if len(parts) != _PARTS:
        raise MalformedError(f"{field}: a JWS has three parts")
    header = parse_json(base64url_decode(parts[0], f"{field} header"), f"{field} header")
    payload = parse_json(base64url_decode(parts[1], f"{field} payload"), f"{field} payload")
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise MalformedError(f"{field}: header and payload must be JSON objects")
    return header, payload


def chain_of(header: Mapping[str, Any], field: str) -> tuple[bytes, ...]:
    """Return the DER certificates of a header's ``x5c``.

    Raises:
        MalformedError: there are none.
    """
    chain = header.get("x5c")
    if (
        not isinstance(chain, list)
        or not 0 < len(chain) <= _MAX_CHAIN
        or not all(isinstance(item, str) for item in chain)
    ):
        raise MalformedError(f"{field}: header x5c must hold the signer's certificates")
    try:
        return tuple(base64.b64decode(item, validate=True) for item in chain)
    except ValueError as error:
        raise MalformedError(f"{field}: header x5c is not base64") from error


def verify_jws(jws: str, header: Mapping[str, Any], verifier: Verifier, field: str) -> None:
    """Check algorithm and signature.

    Raises:
        InvalidError: the algorithm or the signature is wrong.
    """
    if header.get("alg") != verifier.algorithm:
        raise InvalidError(f"{field}: header alg must be {verifier.algorithm}, the algorithm of its key")
    if "crit" in header:
        raise InvalidError(f"{field}: header crit names what is not understood here")
    signed, _, signature = jws.rpartition(".")
    if not verifier.verify(base64url_decode(signature, f"{field} signature"), signed.encode()):
        raise InvalidError(f"{field}: the signature is wrong")
