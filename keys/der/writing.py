"""Canonical writing of DER."""

from datetime import UTC, datetime

from keys.der.tags import BIT_STRING, INTEGER, OID, SEQUENCE, SHORT, TIME, TIMES


def write(tag: int, *parts: bytes) -> bytes:
    """Encode one element with its contents."""
    contents = b"".join(parts)
    length = len(contents)
    if length < SHORT:
        return bytes((tag, length)) + contents
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, SHORT | len(size))) + size + contents


def sequence(*parts: bytes) -> bytes:
    """Encode a SEQUENCE."""
    return write(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    """Encode an INTEGER."""
    return write(INTEGER, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, signed=True))


def bits(value: bytes) -> bytes:
    """Encode a BIT STRING of whole bytes."""
    return write(BIT_STRING, b"\x00", value)


def oid(dotted: str) -> bytes:
    """Encode an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    found = bytearray()
    for number in (first * 40 + second, *rest):
        group = [number & 0x7F]
        while number := number >> 7:
            group.append(number & 0x7F | SHORT)
        found += bytes(reversed(group))
    return write(OID, bytes(found))


def time(value: datetime) -> bytes:
    """Encode a GeneralizedTime."""
    return write(TIME, value.astimezone(UTC).strftime(TIMES[TIME]).encode())
