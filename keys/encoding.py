"""Canonical encodings: base64 (JOSE and C2SP), base45 (QR codes), RFC 8785 JSON, and bounded zlib.

Each value has one encoding: decoding refuses unexpected padding, stray characters and non-zero trailing bits.
"""

import base64
import binascii
import zlib
from typing import Any

import orjson

from keys.errors import MalformedError

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MAX_SAFE_INTEGER = 2**53 - 1


def base64url(data: bytes) -> str:
    """Encode as base64url without padding (RFC 7515)."""
    return base64url_bytes(data).decode("ascii")


def base64url_bytes(data: bytes) -> bytes:
    """Encode as ``base64url``, into ASCII bytes."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")


def base64url_decode(text: str, field: str) -> bytes:
    """Decode unpadded base64url; ``field`` is named in the error.

    Raises:
        MalformedError: characters outside the alphabet, padding, or non-zero trailing bits.
    """
    try:
        given = text.encode("ascii")
        data = binascii.a2b_base64(given.translate(_STANDARD) + b"=" * (-len(given) % 4))
    except ValueError as error:
        raise MalformedError(f"{field}: not base64url without padding") from error
    if base64url_bytes(data) != given:  # also detects stray characters, padding and the other alphabet
        raise MalformedError(f"{field}: base64url is not canonical")
    return data


def base64_decode(text: str, field: str) -> bytes:
    """Decode standard padded base64 in canonical form; ``field`` is named in the error.

    Raises:
        MalformedError: the text is not the canonical encoding.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"{field}: not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise MalformedError(f"{field}: base64 is not canonical")
    return data


def base45(data: bytes) -> str:
    """Encode as base45 (RFC 9285), the densest encoding for a QR code's alphanumeric mode."""
    found = []
    for at in range(0, len(data), 2):
        number, size = (data[at] << 8 | data[at + 1], 3) if at + 1 < len(data) else (data[at], 2)
        for _ in range(size):
            number, digit = divmod(number, 45)
            found.append(_BASE45[digit])
    return "".join(found)


def base45_decode(text: str, field: str) -> bytes:
    """Decode base45 (RFC 9285); ``field`` is named in the error.

    Raises:
        MalformedError: a character outside the alphabet, an impossible length, or a group out of range.
    """
    try:
        digits = [_BASE45.index(character) for character in text]
    except ValueError as error:
        raise MalformedError(f"{field}: not base45") from error
    if len(digits) % 3 == 1:
        raise MalformedError(f"{field}: base45 of this length is cut off")
    data = bytearray()
    for at in range(0, len(digits), 3):
        group = digits[at : at + 3]
        number = sum(digit * 45**place for place, digit in enumerate(group))
        try:
            data += number.to_bytes(len(group) - 1)
        except OverflowError as error:
            raise MalformedError(f"{field}: a base45 group is too large") from error
    return bytes(data)


def canonical_json(value: dict[str, Any] | list[Any]) -> bytes:
    """Encode an object or list of strings, booleans, nulls, lists and integers up to 53 bits by RFC 8785.

    Floating-point numbers are refused, since no record has them. Property names may have characters below U+D800
    only, for which the serializer's order (UTF-8) equals the standard's (UTF-16).

    Raises:
        MalformedError: a value of another type, or text that is not valid Unicode.
    """
    try:
        _check_canonical(value)
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise MalformedError(f"JSON: {error}") from error


def _check_canonical(value: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if not (isinstance(name, str) and (name.isascii() or max(name) < "\ud800")):
                raise MalformedError("JSON: property names must be text of characters below U+D800")
            if type(item) is not str:
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
        MalformedError: the text is not JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"{field}: not JSON") from error


def inflate(data: bytes, limit: int, field: str) -> bytes:
    """Decompress untrusted zlib data (RFC 1950), to at most ``limit`` bytes.

    Raises:
        MalformedError: not zlib, truncated, followed by other data, or larger than ``limit``.
    """
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise MalformedError(f"{field}: not zlib") from error
    if len(found) > limit:
        raise MalformedError(f"{field}: more than {limit} bytes when decompressed")
    if not inflater.eof or inflater.unused_data:
        raise MalformedError(f"{field}: zlib data is cut off, or something follows it")
    return found
