"""The writer of leaves: RFC 8785 JSON of typed facts and commitments, to which a time is added."""

from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from keys.errors import MalformedError
from keys.leaf.facts import VERSION, Commitments, LeafFacts
from keys.leaf.rules import COMMITTED, NAMES, family_of

MAX_LEAF = 4096
"""The largest size of a leaf in bytes."""
_UNSTAMPED = b'"at":""'  # not within a text of a leaf: quotes are escaped there
_TIME_BYTES = len("2026-01-01T00:00:00.000Z")
_NAMES = {shape: (*names, *COMMITTED) for shape, names in NAMES.items()}


def write_leaf(facts: LeafFacts, commitments: Commitments) -> bytes:
    """Return the leaf's canonical bytes without its time, which ``stamp`` adds.

    Raises:
        MalformedError: the facts have no family or a kind of another one, or the leaf exceeds 4 KiB.
    """
    shape = type(facts)
    if family_of(getattr(facts, "kind", "")) is not shape:
        raise MalformedError(f"leaf: {shape.__name__} has no such kind of entry")
    named = zip(_NAMES[shape], (*facts, *commitments), strict=False)  # as many as names, by their types
    leaf: dict[str, Any] = dict(filter(itemgetter(1), named))  # empty fields are absent
    leaf["v"], leaf["at"] = VERSION, ""
    # For text, whole numbers and lists of text under ASCII names, sorting yields RFC 8785.
    data = orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)
    if (size := len(data) + _TIME_BYTES) > MAX_LEAF:
        raise MalformedError(f"leaf: {size} bytes; at most {MAX_LEAF}")
    return data


def time_text(at: datetime) -> str:
    """Return a time as leaves have it: UTC, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_of(at: datetime) -> bytes:
    """Return a time (UTC) in the form that ``stamp`` inserts into leaves."""
    return f'"at":"{time_text(at)}"'.encode()


def stamp(data: bytes, text: bytes) -> bytes:
    """Return the leaf of ``write_leaf`` with the time of ``stamp_of``."""
    return data.replace(_UNSTAMPED, text, 1)
