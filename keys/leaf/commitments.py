"""Salted digests by which a leaf commits to personal values without telling them.

Whoever has a value and its salt can show that the leaf was made with it; whoever has the leaf alone cannot guess it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from keys.leaf.facts import Commitments

SALT_BYTES = 16
OPENED = ("subject", "officer", "case", "request")
"""The values that a leaf commits to, in the order of their salts."""
OPENED_SALTS = SALT_BYTES * len(OPENED)


def commit(salt: bytes, value: str) -> str:
    """The salted digest of a value, lower-case hex; the digest of nothing is the empty text."""
    return sha256(salt + value.encode()).hexdigest() if value else ""


def commit_to_subjects(subject: str, pseudonyms: bytes) -> str:
    """The digest of the subjects' pseudonyms (sorted, joined), under the subject's own salted digest.

    It shows when a subject is taken from the list by which an entry is found. Equal subjects have different digests.
    """
    return sha256(subject.encode() + pseudonyms).hexdigest() if pseudonyms else ""


def commit_to_row(salt: bytes, content: bytes) -> str:
    """The digest of a register row's canonical content (RFC 8785); the salt is empty where the row is not personal."""
    return sha256(salt + content).hexdigest()


def commit_to_all(salts: bytes, opened: tuple[str, str, str, str], pseudonyms: bytes) -> Commitments:
    """The commitments to subject, officer, case and request, and to the subjects' pseudonyms."""
    subject, officer, case, request = opened
    told = sha256(salts[:16] + subject.encode()).hexdigest() if subject else ""
    return Commitments(
        told,
        sha256(told.encode() + pseudonyms).hexdigest() if pseudonyms else "",
        sha256(salts[16:32] + officer.encode()).hexdigest() if officer else "",
        sha256(salts[32:48] + case.encode()).hexdigest() if case else "",
        sha256(salts[48:64] + request.encode()).hexdigest() if request else "",
    )


def opens(leaf: Mapping[str, Any], salts: bytes, values: tuple[str, str, str, str]) -> bool:
    """Whether subject, officer, case and request are those that the leaf was made with."""
    subject, officer, case, request = values
    lengths = (OPENED_SALTS, OPENED_SALTS + SALT_BYTES) if "row_digest" in leaf else (OPENED_SALTS,)
    return bool(
        len(salts) in lengths  # the last of five is the row's
        and leaf.get("subject", "") == commit(salts[:16], subject)
        and leaf.get("officer", "") == commit(salts[16:32], officer)
        and leaf.get("case", "") == commit(salts[32:48], case)
        and leaf.get("request", "") == commit(salts[48:64], request)
    )
