"""Salted digests by which a leaf commits to personal values without disclosing them.

A value and its salt prove that the leaf was made with the value; from the leaf alone, the value cannot be guessed.
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
    """Return the salted digest of a value in lower-case hex; an empty value's digest is empty."""
    return sha256(salt + value.encode()).hexdigest() if value else ""


def commit_to_subjects(subject: str, pseudonyms: bytes) -> str:
    """Return the digest of the subjects' pseudonyms (sorted, joined) under the subject's salted digest.

    It shows whether a subject was removed from the list that finds an entry. Equal subjects have different digests.
    """
    return sha256(subject.encode() + pseudonyms).hexdigest() if pseudonyms else ""


def commit_to_row(salt: bytes, content: bytes) -> str:
    """Return the digest of a row's canonical content (RFC 8785); ``salt`` is empty if not personal."""
    return sha256(salt + content).hexdigest()


def commit_to_all(salts: bytes, opened: tuple[str, str, str, str], pseudonyms: bytes) -> Commitments:
    """Return the commitments to subject, officer, case and request, and to the subjects' pseudonyms."""
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
    """Return whether subject, officer, case and request are those that the leaf was made with."""
    subject, officer, case, request = values
    return bool(
        len(salts) == OPENED_SALTS
        and leaf.get("subject", "") == commit(salts[:16], subject)
        and leaf.get("officer", "") == commit(salts[16:32], officer)
        and leaf.get("case", "") == commit(salts[32:48], case)
        and leaf.get("request", "") == commit(salts[48:64], request)
    )
