"""Paging of lists by AIP-158: ``page_size``, ``page_token``, ``next_page_token``.

A token is opaque to callers. It has the beginning of its page, and a digest of the request's conditions: with other
conditions it is refused, since it would return a part of another list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self, TypeVar

from keys.encoding import base64url, base64url_decode
from keys.errors import KeysError
from keys.printable import is_printable
from registry.errors import RuleError

LARGEST_PAGE = 1000
_DEFAULT_PAGE = 100
_DIGEST_BYTES = 16
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: at most ``size`` items after a position; none for the first page."""

    size: int
    after: str
    _list: bytes

    @classmethod
    def of(cls, request: Any, largest: int = LARGEST_PAGE) -> Self:
        """Return the page that a request asks for, of at most ``largest`` items.

        Raises:
            RuleError: the size is negative, or the token is of another list.
        """
        if request.page_size < 0:
            raise RuleError("page_size", "must not be negative")
        digest = _list_digest(request)
        after = _place(request.page_token, digest) if request.page_token else ""
        return cls(min(request.page_size or _DEFAULT_PAGE, largest), after, digest)

    @property
    def limit(self) -> int:
        """The number of items to read: one more than the page's size, to know whether a page follows."""
        return self.size + 1

    def cut(self, found: Sequence[T], place: Callable[[T], str]) -> tuple[Sequence[T], str]:
        """Return the items of the page, and the token of the next one; empty for the last page."""
        items = found[: self.size]
        return items, _token(place(items[-1]), self._list) if len(found) > self.size else ""


def _list_digest(request: Any) -> bytes:
    """Return a digest that identifies a list: of the request without the fields that vary by page."""
    conditions = type(request)()
    conditions.CopyFrom(request)
    conditions.ClearField("page_size")
    conditions.ClearField("page_token")
    name = request.DESCRIPTOR.full_name.encode()
    return sha256(name + b"\n" + conditions.SerializeToString(deterministic=True)).digest()[:_DIGEST_BYTES]


def _token(place: str, digest: bytes) -> str:
    return base64url(digest + place.encode())


def _place(token: str, digest: bytes) -> str:
    try:
        data = base64url_decode(token, "page_token")
        place = data[_DIGEST_BYTES:].decode()
    except (KeysError, UnicodeDecodeError) as error:
        raise RuleError("page_token", "not a token of this node") from error
    if data[:_DIGEST_BYTES] != digest or not place or not is_printable(place):
        raise RuleError("page_token", "not of a list with these conditions; start again without it")
    return place
