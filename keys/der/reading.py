"""Strict reading of DER.

Accepted are one-byte tags, definite and shortest lengths, and complete values. Unknown values are not descended into,
so input cannot cause deep recursion; the number of elements of a sequence is limited.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from keys.der.tags import (
    BIT_STRING,
    IA5,
    INTEGER,
    OCTET_STRING,
    OID,
    PRINTABLE,
    SEQUENCE,
    SHORT,
    TIME,
    TIMES,
    UTC_TIME,
    UTF8,
)
from keys.errors import MalformedError

_LONG_TAG, _MAX_LENGTH_BYTES, _MAX_ITEMS, _MAX_OID = 0x1F, 4, 10_000, 64
_TEXT = {UTF8: "utf-8", PRINTABLE: "ascii", IA5: "ascii"}
_TIME_LENGTHS = {TIME: 15, UTC_TIME: 13}


@dataclass(frozen=True, slots=True)
class Element:
    """One element as encoded: its tag, its contents, and all of its bytes."""

    tag: int
    contents: bytes
    raw: bytes


def read(data: bytes, what: str) -> Element:
    """Return the single element of ``data``.

    Raises:
        MalformedError: not DER, or bytes follow it; the error names ``what``.
    """
    element, end = _element(data, 0, what)
    if end != len(data):
        raise MalformedError(f"{what}: {len(data) - end} bytes follow its end")
    return element


def sequence_of(data: bytes, what: str) -> list[Element]:
    """Return the elements of the single sequence of ``data``.

    Raises:
        MalformedError: as ``read``.
    """
    return items(read(data, what), what)


def items(element: Element, what: str, tag: int = SEQUENCE) -> list[Element]:
    """Return the elements of a sequence or of an explicit tag.

    Raises:
        MalformedError: as ``read``.
    """
    if element.tag != tag:
        raise MalformedError(f"{what}: tag {element.tag:#04x} where {tag:#04x} belongs")
    found: list[Element] = []
    at = 0
    while at < len(element.contents):
        if len(found) == _MAX_ITEMS:
            raise MalformedError(f"{what}: more than {_MAX_ITEMS} items")
        item, at = _element(element.contents, at, what)
        found.append(item)
    return found


class Fields:
    """The elements of a sequence, read one after the other, each under a name for errors."""

    def __init__(self, element: Element, what: str, tag: int = SEQUENCE) -> None:
        self.what = what
        self._items = items(element, what, tag)
        self._at = 0

    @property
    def left(self) -> int:
        """The number of elements that are not yet read."""
        return len(self._items) - self._at

    def take(self, name: str, *tags: int) -> Element:
        """Return the next element.

        Raises:
            MalformedError: there is none, or its tag is not one of ``tags``.
        """
        if not self.left:
            raise MalformedError(f"{self.what}.{name}: missing")
        found = self._items[self._at]
        if tags and found.tag not in tags:
            wanted = " or ".join(f"{tag:#04x}" for tag in tags)
            raise MalformedError(f"{self.what}.{name}: tag {found.tag:#04x} where {wanted} belongs")
        self._at += 1
        return found

    def optional(self, *tags: int) -> Element | None:
        """Return the next element if it has one of these tags, else None."""
        if self.left and self._items[self._at].tag in tags:
            self._at += 1
            return self._items[self._at - 1]
        return None

    def integer(self, name: str, least: int = 0, most: int = 2**31 - 1) -> int:
        """Return the next element, an INTEGER from ``least`` to ``most``."""
        contents = self.take(name, INTEGER).contents
        if not contents or (len(contents) > 1 and contents[0] in (0, 0xFF) and (contents[0] ^ contents[1]) < SHORT):
            raise MalformedError(f"{self.what}.{name}: not the shortest form of a number")
        found = int.from_bytes(contents, signed=True)
        if not least <= found <= most:
            raise MalformedError(f"{self.what}.{name}: must be {least} to {most}")
        return found

    def text(self, name: str, longest: int, *tags: int) -> str:
        """Return the next element, a string of at most ``longest`` bytes."""
        found = self.take(name, *(tags or _TEXT))
        if len(found.contents) > longest:
            raise MalformedError(f"{self.what}.{name}: at most {longest} bytes")
        try:
            return found.contents.decode(_TEXT[found.tag])
        except UnicodeDecodeError as error:
            raise MalformedError(f"{self.what}.{name}: not {_TEXT[found.tag]}") from error

    def octets(self, name: str, longest: int) -> bytes:
        """Return the next element, an OCTET STRING of at most ``longest`` bytes."""
        return self._bounded(name, self.take(name, OCTET_STRING).contents, longest)

    def bits(self, name: str, longest: int) -> bytes:
        """Return the next element, a BIT STRING of at most ``longest`` whole bytes."""
        contents = self.take(name, BIT_STRING).contents
        if contents[:1] != b"\x00":
            raise MalformedError(f"{self.what}.{name}: must be whole bytes")
        return self._bounded(name, contents[1:], longest)

    def oid(self, name: str) -> str:
        """Return the next element, an OBJECT IDENTIFIER, in dotted notation."""
        return _dotted(self.take(name, OID).contents, f"{self.what}.{name}")

    def time(self, name: str, *tags: int) -> datetime:
        """Return the next element, a GeneralizedTime or UTCTime (or of ``tags``) in whole seconds, as UTC."""
        found = self.take(name, *(tags or TIMES))
        try:
            text = found.contents.decode("ascii")
            if len(text) != _TIME_LENGTHS[found.tag]:
                raise ValueError
            return datetime.strptime(text, TIMES[found.tag]).replace(tzinfo=UTC)
        except ValueError as error:
            raise MalformedError(f"{self.what}.{name}: must be a time in UTC, to the second") from error

    def end(self) -> None:
        """Check that no element is left.

        Raises:
            MalformedError: an element is left.
        """
        if self.left:
            raise MalformedError(f"{self.what}: {self.left} elements too many")

    def _bounded(self, name: str, contents: bytes, longest: int) -> bytes:
        if len(contents) > longest:
            raise MalformedError(f"{self.what}.{name}: at most {longest} bytes")
        return contents


def _element(data: bytes, start: int, what: str) -> tuple[Element, int]:
    if start + 2 > len(data):
        raise MalformedError(f"{what}: ends within an element")
    tag, length, at = data[start], data[start + 1], start + 2
    if tag & _LONG_TAG == _LONG_TAG:
        raise MalformedError(f"{what}: a tag of several bytes")
    if length >= SHORT:
        count = length & 0x7F
        size = data[at : at + count]
        if not 0 < count <= _MAX_LENGTH_BYTES or len(size) != count:
            raise MalformedError(f"{what}: a length that is indefinite, too large or cut off")
        length, at = int.from_bytes(size), at + count
        if length < SHORT or size[0] == 0:
            raise MalformedError(f"{what}: a length that is not in its shortest form")
    end = at + length
    if end > len(data):
        raise MalformedError(f"{what}: ends within an element")
    return Element(tag, data[at:end], data[start:end]), end


def _dotted(contents: bytes, what: str) -> str:
    if not 0 < len(contents) <= _MAX_OID or contents[-1] & SHORT:
        raise MalformedError(f"{what}: not an object identifier")
    numbers, number, fresh = [], 0, True
    for byte in contents:
        if fresh and byte == SHORT:
            raise MalformedError(f"{what}: not an object identifier")
        number = number << 7 | byte & 0x7F
        fresh = not byte & SHORT
        if fresh:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
