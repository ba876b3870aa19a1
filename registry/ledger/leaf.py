"""One ledger entry: the leaf that anyone may see, and the opening that only some may.

A leaf is RFC 8785 JSON of at most 4 KiB. It says who asked whom what, on which basis, and what was decided; it holds
**no personal data**: subject, officer, case and request stand in it as SHA-256(salt ‖ value). Values and salts are
kept apart and can be erased without touching the tree. Keyed pseudonyms of whom it concerns are kept apart, too, and
held to by one more digest, which stands even when the values are erased.
"""

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from keys.evidence import LEAF_VERSION
from keys.merkle import leaf_hash
from registry.errors import LedgerError

MAX_LEAF = 4096
SALT_BYTES = 16
PSEUDONYM_BYTES = 16
OPENED = ("subject", "officer", "case", "request")
"""What stands in a leaf as a salted digest, in the order of the salts."""
_SALTS = SALT_BYTES * len(OPENED)
_UNSTAMPED = b'"at":""'  # in no text of a leaf: there, quotes are escaped
_TIME_BYTES = len("2026-01-01T00:00:00.000Z")


@dataclass(frozen=True, slots=True)
class Opening:
    """The personal part of an entry; empty text where there is none.

    ``subject`` is ``kind:identifier``, or for a chunk of subjects the digest of their list.
    """

    subject: str = ""
    officer: str = ""
    case: str = ""
    request: str = ""

    def __post_init__(self) -> None:
        # PostgreSQL's text holds no NUL; one in a request must not fail the batch that it shares.
        for name in OPENED:
            if "\x00" in (value := getattr(self, name)):
                object.__setattr__(self, name, value.replace("\x00", "\ufffd"))


@dataclass(slots=True)
class Entry:
    """An entry to be recorded. ``facts`` become the leaf; ``pseudonyms`` make it findable by whom it concerns."""

    facts: Mapping[str, Any]
    opening: Opening = Opening()
    pseudonyms: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry encoded and committed to, without its time, which it gets when it is appended.

    ``columns`` are what it can be searched by.
    """

    data: bytes
    salts: bytes
    columns: tuple[str, str, str, str]
    opening: Opening
    pseudonyms: tuple[bytes, ...]

    def stamped(self, at: datetime, text: bytes) -> "Leaf":
        """The leaf of this entry at a time; ``text`` is ``time_text`` of it."""
        data = self.data.replace(_UNSTAMPED, text, 1)
        return Leaf(data, leaf_hash(data), at, self)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry's canonical bytes and their hash, as of a time."""

    data: bytes
    hash: bytes
    at: datetime
    draft: Draft


class Pseudonyms:
    """Keyed pseudonyms of subjects: equal subjects have equal ones, and without the key they tell nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, subject: str) -> bytes:
        """The pseudonym of ``kind:identifier``: HMAC-SHA-256, cut to 128 bits."""
        return hmac.digest(self._key, subject.encode(), "sha256")[:PSEUDONYM_BYTES]

    def of_all(self, subjects: Iterable[str]) -> tuple[bytes, ...]:
        """The pseudonyms of many subjects, in order."""
        return tuple(self.of(subject) for subject in subjects)


def time_text(at: datetime) -> str:
    """A time as leaves say it: UTC, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_all(drafts: Iterable[Draft], at: datetime) -> list[Leaf]:
    """The leaves of entries that are appended together, at one time (UTC)."""
    text = f'"at":"{time_text(at)}"'.encode()
    return [draft.stamped(at, text) for draft in drafts]


def make_draft(entry: Entry) -> Draft:
    """Salt, commit and encode an entry.

    Raises:
        LedgerError: the leaf would exceed 4 KiB.
    """
    opening = entry.opening
    salts = os.urandom(_SALTS)  # one draw; each value has a salt of its own
    subject = commit(salts[:16], opening.subject)
    pseudonyms = tuple(sorted(entry.pseudonyms))
    leaf = {
        **entry.facts,
        "v": LEAF_VERSION,
        "at": "",
        "subject": subject,
        "concerned": concerned(subject, b"".join(pseudonyms)),
        "officer": commit(salts[16:32], opening.officer),
        "case": commit(salts[32:48], opening.case),
        "request": commit(salts[48:], opening.request),
    }
    # Facts hold text, integers, booleans and lists of them under ASCII names: for these, sorting makes RFC 8785.
    data = orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)
    if (size := len(data) + _TIME_BYTES) > MAX_LEAF:
        raise LedgerError(f"leaf: {size} bytes; at most {MAX_LEAF}")
    return Draft(data, salts, columns(entry.facts), opening, pseudonyms)


def commit(salt: bytes, value: str) -> str:
    """The salted digest of a value, lower-case hex; the digest of nothing is the empty text."""
    return sha256(salt + value.encode()).hexdigest() if value else ""


def concerned(subject: str, pseudonyms: bytes) -> str:
    """The digest that holds a leaf to whom it concerns: their pseudonyms, sorted, under the subject's salted digest.

    So nobody vanishes quietly from the list by which a citizen finds who looked, and equal subjects look unequal.
    """
    return sha256(subject.encode() + pseudonyms).hexdigest() if pseudonyms else ""


def opens(leaf: Mapping[str, Any], salts: bytes, values: tuple[str, str, str, str]) -> bool:
    """Whether subject, officer, case and request are those that the leaf was made with."""
    subject, officer, case, request = values
    return bool(
        len(salts) == _SALTS  # longer ones would swallow the beginning of a value
        and leaf.get("subject") == commit(salts[:16], subject)
        and leaf.get("officer") == commit(salts[16:32], officer)
        and leaf.get("case") == commit(salts[32:48], case)
        and leaf.get("request") == commit(salts[48:], request)
    )


def columns(facts: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The facts that an entry can be searched by: agency, dataset, matter, decision."""
    return facts.get("agency", ""), facts.get("dataset", ""), facts.get("matter", ""), facts.get("decision", "")
