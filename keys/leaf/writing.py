"""Writes leaves: RFC 8785 JSON of typed facts and commitments, first without a time, then as of one."""

from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from keys.errors import MalformedError
from keys.leaf.facts import VERSION, Commitments, LeafFacts
from keys.leaf.rules import COMMITTED, NAMES, family_of

MAX_LEAF = 4096
"""Bytes of a leaf."""
_UNSTAMPED = b'"at":""'  # in no text of a leaf: there, quotes are escaped
_TIME_BYTES = len("2026-01-01T00:00:00.000Z")
_NAMES = {shape: (*names, *COMMITTED) for shape, names in NAMES.items()}


def write_leaf(facts: LeafFacts, commitments: Commitments) -> bytes:
    """The leaf's canonical bytes without its time, which ``stamp`` adds.

    Raises:
        MalformedError: the facts are of no family, their kind is of another one, or the leaf exceeds 4 KiB.
    """
    shape = type(facts)
    if family_of(getattr(facts, "kind", "")) is not shape:
        raise MalformedError(f"leaf: {shape.__name__} has no such kind of entry")
    named = zip(_NAMES[shape], (*facts, *commitments), strict=False)  # as many as names, by their types
    leaf: dict[str, Any] = dict(filter(itemgetter(1), named))  # what is empty is absent
    leaf["v"], leaf["at"] = VERSION, ""
    # Text, whole numbers and lists of text under ASCII names: for these, sorting makes RFC 8785.
    data = orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)
    if (size := len(data) + _TIME_BYTES) > MAX_LEAF:
        raise MalformedError(f"leaf: {size} bytes; at most {MAX_LEAF}")
    return data


def time_text(at: datetime) -> str:
    """A time as leaves say it: UTC, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_of(at: datetime) -> bytes:
    """A time (UTC) as ``stamp`` puts it into leaves."""
    return f'"at":"{time_text(at)}"'.encode()


def stamp(data: bytes, text: bytes) -> bytes:
    """The leaf of ``write_leaf``, as of the time of ``stamp_of``."""
    return data.replace(_UNSTAMPED, text, 1)
