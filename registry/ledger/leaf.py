"""Ledger entries: the public facts, and the opening with the personal data.

A leaf (``keys.leaf``) has **no personal data**: subject, officer, case and request are in it as salted digests. Values
and salts are stored separately and can be erased without changing the tree. So are keyed pseudonyms of the subjects, to
which the leaf has a commitment of its own, even after the values are erased.
"""

import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from keys.errors import MalformedError
from keys.leaf.commitments import OPENED_SALTS, SALT_BYTES, commit_to_all, commit_to_row
from keys.leaf.facts import ActFacts, LeafFacts, RegisterFacts
from keys.leaf.writing import stamp, stamp_of, write_leaf
from keys.merkle import leaf_hash
from registry.content import Row
from registry.errors import LedgerError

PSEUDONYM_BYTES = 16


class Opening(NamedTuple):
    """The personal part of an entry; empty text for missing values.

    ``subject`` is ``kind:identifier``, or for a chunk of subjects the digest of their list.
    """

    subject: str = ""
    officer: str = ""
    case: str = ""
    request: str = ""

    @property
    def storable(self) -> "Opening":
        """Return the opening without NUL, which PostgreSQL refuses in text, failing the whole batch."""
        return Opening(*[value.replace("\x00", "\ufffd") for value in self]) if "\x00" in "".join(self) else self


_NOTHING = Opening()


@dataclass(slots=True)
class Entry:
    """An entry to record: ``facts`` for the leaf, and ``pseudonyms`` of its subjects for search.

    ``row`` is the register's row after the act; the leaf gets its version and digest.
    """

    facts: LeafFacts
    opening: Opening = _NOTHING
    pseudonyms: tuple[bytes, ...] = ()
    row: Row | None = None


class Draft(NamedTuple):
    """An encoded entry with its commitments, but without its time, which is set by the append.

    ``columns`` are its searchable facts, ``row_salt`` is that of a personal row's digest.
    """

    data: bytes
    salts: bytes
    columns: tuple[str, str, str, str]
    opening: Opening
    pseudonyms: tuple[bytes, ...]
    row_salt: bytes = b""

    def stamped(self, at: datetime, text: bytes) -> "Leaf":
        """Return the leaf of this entry at a time; ``text`` is the time's ``stamp_of``."""
        data = stamp(self.data, text)
        return Leaf(data, leaf_hash(data), at, self)


class Leaf(NamedTuple):
    """An entry's canonical bytes with its time, and their hash."""

    data: bytes
    hash: bytes
    at: datetime
    draft: Draft


class Pseudonyms:
    """Keyed pseudonyms of subjects: equal for equal subjects, and meaningless without the key."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod=sha256)  # copies of it cost less than HMACs from the key

    def of(self, subject: str) -> bytes:
        """Return the pseudonym of ``kind:identifier``: HMAC-SHA-256, truncated to 128 bits."""
        own = self._keyed.copy()
        own.update(subject.encode())
        return own.digest()[:PSEUDONYM_BYTES]

    def of_all(self, subjects: Iterable[str]) -> tuple[bytes, ...]:
        """Return the pseudonyms of many subjects, in order."""
        return tuple([self.of(subject) for subject in subjects])


def stamp_all(drafts: Iterable[Draft], at: datetime) -> list[Leaf]:
    """Return the leaves of entries that are appended together, with one time (UTC)."""
    text = stamp_of(at)
    return [draft.stamped(at, text) for draft in drafts]


def make_draft(entry: Entry) -> Draft:
    """Salt, commit and encode an entry.

    Raises:
        LedgerError: the facts have an unknown kind, or are too long for a leaf.
    """
    facts, row = entry.facts, entry.row
    salts = os.urandom(OPENED_SALTS)  # one read of randomness; each value has a salt of its own
    row_salt = os.urandom(SALT_BYTES) if row is not None and row.personal else b""
    if row is not None:
        facts = _with_row(facts, row, row_salt)
    pseudonyms = entry.pseudonyms if len(entry.pseudonyms) == 1 else tuple(sorted(entry.pseudonyms))
    opening = entry.opening.storable
    commitments = commit_to_all(salts, opening, b"".join(pseudonyms))
    try:
        data = write_leaf(facts, commitments)
    except MalformedError as error:
        raise LedgerError(str(error)) from error
    return Draft(data, salts, columns(entry.facts), opening, pseudonyms, row_salt)


def _with_row(facts: LeafFacts, row: Row, salt: bytes) -> LeafFacts:
    if not isinstance(facts, ActFacts | RegisterFacts):
        raise LedgerError(f"leaf: a {facts.kind} entry changes no row")
    return facts._replace(version=row.version, row_digest=commit_to_row(salt, row.canonical))


def columns(facts: LeafFacts) -> tuple[str, str, str, str]:
    """Return an entry's searchable facts: agency, dataset, matter, decision."""
    return getattr(facts, "agency", ""), getattr(facts, "dataset", ""), getattr(facts, "matter", ""), facts.decision
