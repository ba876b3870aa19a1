"""Canonical bytes: base64 as JOSE and C2SP write it, and RFC 8785 JSON for what is hashed.

Promises one spelling per value: decoding refuses padding where none belongs, stray characters and non-zero tail bits.
"""

import base64
import binascii
from typing import Any

import orjson

from keys.errors import MalformedError

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
MAX_SAFE_INTEGER = 2**53 - 1


def base64url(data: bytes) -> str:
    """RFC 7515 base64url without padding."""
    return base64url_bytes(data).decode("ascii")


def base64url_bytes(data: bytes) -> bytes:
    """``base64url`` as ASCII bytes."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")


def base64url_decode(text: str, field: str) -> bytes:
    """Decode unpadded base64url; ``field`` is named in the error.

    Raises:
        MalformedError: characters outside the alphabet, padding, or non-canonical tail bits.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"{field}: not base64url without padding") from error
    if base64url(data) != text:
        raise MalformedError(f"{field}: base64url is not canonical")
    return data


def base64_decode(text: str, field: str) -> bytes:
    """Decode standard padded base64, canonical form only.

    Raises:
        MalformedError: anything but the one canonical spelling.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"{field}: not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise MalformedError(f"{field}: base64 is not canonical")
    return data


def canonical_json(value: dict[str, Any]) -> bytes:
    """RFC 8785 bytes of an object of strings, booleans, nulls, lists and integers within 53 bits.

    Floating point is refused rather than formatted: nothing on record here needs it. Property names are ASCII,
    for which the serializer's order equals the standard's.

    Raises:
        MalformedError: a value outside those types, or text that is not valid Unicode.
    """
    _check_canonical(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise MalformedError(f"JSON: {error}") from error


def _check_canonical(value: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if not (isinstance(name, str) and name.isascii()):
                raise MalformedError("JSON: property names must be ASCII text")
            _check_canonical(item)
    elif isinstance(value, list):
        for item in value:
            _check_canonical(item)
    elif isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise MalformedError("JSON: integers must fit 53 bits (RFC 8785, 3.2.2.3)")
    elif value is not None and not isinstance(value, str):
        raise MalformedError(f"JSON: a {type(value).__name__} has no canonical form here")


def parse_json(data: bytes | str, field: str) -> Any:
    """Parse JSON text; ``field`` is named in the error.

    Raises:
        MalformedError: not JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"{field}: not JSON") from error
