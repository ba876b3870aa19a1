"""Disclosures of SD-JWTs (RFC 9901): concealing values, and putting them back by their digests."""

import os
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import orjson

from keys.encoding import base64url, base64url_bytes, base64url_decode, parse_json
from keys.errors import InvalidError, MalformedError

_SALT_BYTES = 24
PROPERTY, _ELEMENT = 3, 2
"""The parts of a disclosure of an object's property, and of an array's element."""
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


class Disclosing:
    """Replaces digests by the disclosed values, each exactly once (RFC 9901 7.1)."""

    def __init__(self, disclosures: Iterable[str]) -> None:
        self._parts: dict[str, list[Any]] = {}
        for disclosure in disclosures:
            digest = digest_of(disclosure)
            if digest in self._parts:
                raise InvalidError("SD-JWT: a disclosure is there twice")
            self._parts[digest] = decode_disclosure(disclosure)
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
            if len(parts) != PROPERTY or parts[1] in ("_sd", "...") or parts[1] in value:
                raise InvalidError("SD-JWT: a disclosure does not fit where its digest is")
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
                raise InvalidError("SD-JWT: a disclosure does not fit where its digest is")
            self._value(parts[1])
            value[at] = parts[1]
        if hidden:  # undisclosed elements are absent
            value[:] = [item for at, item in enumerate(value) if at not in hidden]

    def _take(self, digest: Any) -> list[Any] | None:
        if not isinstance(digest, str) or digest in self._seen:
            raise InvalidError("SD-JWT: a digest is there twice")
        self._seen.add(digest)
        if digest not in self._parts:
            return None
        self._used.add(digest)
        return self._parts[digest]


def decode_disclosure(disclosure: str) -> list[Any]:
    """Return the parts of a disclosure.

    Raises:
        MalformedError: it is neither a property's nor an element's.
    """
    parts = parse_json(base64url_decode(disclosure, "SD-JWT disclosure"), "SD-JWT disclosure")
    fits = isinstance(parts, list) and len(parts) in (PROPERTY, _ELEMENT) and isinstance(parts[0], str)
    if not fits or (len(parts) == PROPERTY and not isinstance(parts[1], str)):
        raise MalformedError("SD-JWT disclosure: must be [salt, name, value] or [salt, value]")
    return list(parts)
