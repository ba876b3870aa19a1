"""SD-JWT (RFC 9901): issuance, disclosure, presentation and verification, with SHA-256 and ``x5c``.

``<issuer-signed JWT>~<disclosure>~…~<key binding JWT or nothing>``. A disclosure is base64url of
``[salt, name, value]``, or ``[salt, value]`` for an array element; its digest is in the signed payload.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from keys.encoding import base64url, base64url_bytes, base64url_decode, parse_json
from keys.errors import InvalidError, MalformedError
from keys.jws import chain_of, decode_jws, verify_jws
from keys.suites import Signer, Verifier

_SALT_BYTES = 24
_MAX_TEXT = 64 * 1024 * 1024
_PROPERTY, _ELEMENT = 3, 2
_DEEPEST = 100


def digest_of(disclosure: str) -> str:
    """Return the digest of a disclosure, which the payload contains."""
    return base64url(sha256(disclosure.encode()).digest())


class Concealer:
    """Turns ``count`` values into disclosures and digests, with salts from one draw of randomness."""

    def __init__(self, count: int) -> None:
        self._salts = base64url(os.urandom(_SALT_BYTES * count))
        self._at = 0
        self.disclosures: list[str] = []

    def conceal(self, name: str, value: Any) -> str:
        """Conceal an object property; return the digest for its ``_sd`` list."""
        return self._add([self._salt(), name, value])

    def conceal_element(self, value: Any) -> dict[str, str]:
        """Conceal an array element; return the object that replaces it."""
        return {"...": self._add([self._salt(), value])}

    def _salt(self) -> str:
        # 32 base64url characters carry 192 bits; RFC 9901 9.3 requires 128.
        salt = self._salts[self._at : self._at + 32]
        if len(salt) < 32:  # noqa: PLR2004
            raise ValueError("Concealer: more values than it was made for")
        self._at += 32
        return salt

    def _add(self, parts: list[Any]) -> str:
        encoded = base64url_bytes(orjson.dumps(parts))
        self.disclosures.append(encoded.decode("ascii"))
        return base64url(sha256(encoded).digest())


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
            parts = _decode_disclosure(disclosure)
            if wanted(parts[1] if len(parts) == _PROPERTY else "", digest_of(disclosure)):
                kept.append(disclosure)
        return SdJwt(self.jwt, tuple(kept), "", self.header, self.chain)

    def present(self, holder: Signer, audience: str, nonce: str, issued_at: int) -> "SdJwt":
        """Return the SD-JWT with a key binding JWT (RFC 9901 4.3) signed by the holder."""
        shown = join(self.jwt, self.disclosures)
        header = {"alg": holder.algorithm, "typ": "kb+jwt"}
        payload = {"iat": issued_at, "aud": audience, "nonce": nonce, "sd_hash": digest_of(shown)}
        data = base64url(orjson.dumps(header)) + "." + base64url(orjson.dumps(payload))
        bound = data + "." + base64url(holder.sign(data.encode()))
        return SdJwt(self.jwt, self.disclosures, bound, self.header, self.chain)

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
        return _Disclosing(self.disclosures).open(payload, whole=whole)

    def verify_binding(self, holder: Verifier, audience: str, nonce: str) -> int:
        """Verify the key binding; return its ``iat`` in seconds.

        Raises:
            InvalidError: it is missing, or is for another token, audience, nonce or key.
        """
        if not self.key_binding:
            raise InvalidError("key binding: none")
        header, payload = decode_jws(self.key_binding, "key binding")
        expected = {"aud": audience, "nonce": nonce, "sd_hash": digest_of(join(self.jwt, self.disclosures))}
        if header.get("typ") != "kb+jwt":
            raise InvalidError("key binding: header typ must be kb+jwt")
        verify_jws(self.key_binding, header, holder, "key binding")
        for name, value in expected.items():
            if payload.get(name) != value:
                raise InvalidError(f"key binding: {name} is not the expected one")
        issued_at = payload.get("iat")
        if not isinstance(issued_at, int):
            raise InvalidError("key binding: iat must be a number of seconds")
        return issued_at


class _Disclosing:
    """Replaces digests by the disclosed values, each exactly once (RFC 9901 7.1)."""

    def __init__(self, disclosures: Iterable[str]) -> None:
        self._parts: dict[str, list[Any]] = {}
        for disclosure in disclosures:
            digest = digest_of(disclosure)
            if digest in self._parts:
                raise InvalidError("SD-JWT: a disclosure stands twice")
            self._parts[digest] = _decode_disclosure(disclosure)
        self._seen: set[str] = set()
        self._used: set[str] = set()
        self._depth = 0

    def open(self, payload: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        """Replace digests in place, since copying a large payload costs more than hashing it."""
        payload.pop("_sd_alg", None)
        self._object(payload)
        if len(self._used) != len(self._parts):
            raise InvalidError("SD-JWT: a disclosure belongs to another token")
        if whole and len(self._used) != len(self._seen):
            raise InvalidError("SD-JWT: a value is not disclosed")
        return payload

    def _value(self, value: Any) -> None:
        if not isinstance(value, (dict, list)):
            return
        self._depth += 1
        if self._depth > _DEEPEST:
            raise MalformedError(f"SD-JWT: values more than {_DEEPEST} deep")
        if isinstance(value, dict):
            self._object(value)
        else:
            self._list(value)
        self._depth -= 1

    def _object(self, value: dict[str, Any]) -> None:
        digests = value.pop("_sd", [])
        if not isinstance(digests, list):
            raise MalformedError("SD-JWT: _sd must be a list of digests")
        for item in value.values():
            self._value(item)
        for digest in digests:
            parts = self._take(digest)
            if parts is None:
                continue
            if len(parts) != _PROPERTY or parts[1] in ("_sd", "...") or parts[1] in value:
                raise InvalidError("SD-JWT: a disclosure does not fit where its digest stands")
            self._value(parts[2])
            value[parts[1]] = parts[2]

    def _list(self, value: list[Any]) -> None:
        hidden = set()
        for at, item in enumerate(value):
            if not (isinstance(item, dict) and len(item) == 1 and "..." in item):  # RFC 9901, 4.2.4.2
                self._value(item)
                continue
            parts = self._take(item["..."])
            if parts is None:
                hidden.add(at)
                continue
            if len(parts) != _ELEMENT:
                raise InvalidError("SD-JWT: a disclosure does not fit where its digest stands")
            self._value(parts[1])
            value[at] = parts[1]
        if hidden:  # undisclosed elements are absent
            value[:] = [item for at, item in enumerate(value) if at not in hidden]

    def _take(self, digest: Any) -> list[Any] | None:
        if not isinstance(digest, str) or digest in self._seen:
            raise InvalidError("SD-JWT: a digest stands twice")
        self._seen.add(digest)
        if digest not in self._parts:
            return None
        self._used.add(digest)
        return self._parts[digest]


def _decode_disclosure(disclosure: str) -> list[Any]:
    parts = parse_json(base64url_decode(disclosure, "SD-JWT disclosure"), "SD-JWT disclosure")
    fits = isinstance(parts, list) and len(parts) in (_PROPERTY, _ELEMENT) and isinstance(parts[0], str)
    if not fits or (len(parts) == _PROPERTY and not isinstance(parts[1], str)):
        raise MalformedError("SD-JWT disclosure: must be [salt, name, value] or [salt, value]")
    return list(parts)
