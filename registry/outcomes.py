"""Outcomes: what an answer says of a claim, and why where it cannot tell.

A reason of unknown is either a fact about the store (it has no record, or no value, to compare with) or a doubt: the
store may hold more than could be read. A doubt is never given as a fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What an answer says of a claim."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


class Unknown(StrEnum):
    """Why an outcome is unknown."""

    NO_RECORD = "NO_RECORD"
    """The source has no record of the subject."""
    NO_VALUE = "NO_VALUE"
    """None of its records that meet the conditions has a value."""
    KEYS_UNREACHABLE = "KEYS_UNREACHABLE"
    """The store holds records whose keys no question reaches; one of them may concern the subject."""
    ROWS_SET_ASIDE = "ROWS_SET_ASIDE"
    """Rows of the drop could not be read; one of them may concern the subject."""
    VALUE_UNREADABLE = "VALUE_UNREADABLE"
    """The store could not hold a value's characters."""
    RECORD_MALFORMED = "RECORD_MALFORMED"
    """A record of the subject does not fit its description."""

    @property
    def is_fact(self) -> bool:
        """Whether the source says so itself: there is nothing to compare with."""
        return self in (Unknown.NO_RECORD, Unknown.NO_VALUE)


class Resolution(StrEnum):
    """What came of a requirement."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    APPLICANT_MUST_SUPPLY = "applicant_must_supply"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one claim about one subject.

    ``reason`` is set where the outcome is unknown; ``equal_after`` names the rules by which two differently written
    texts were found equal (``registry/names.py``).
    """

    outcome: Outcome
    reason: Unknown | None = None
    equal_after: tuple[str, ...] = ()


MATCH = Finding(Outcome.MATCH)
MISMATCH = Finding(Outcome.MISMATCH)
UNKNOWN = {reason: Finding(Outcome.UNKNOWN, reason) for reason in Unknown}


def all_plain(findings: Sequence[Finding]) -> bool:
    """Whether every finding is a match or a mismatch with nothing to add."""
    for finding in findings:  # noqa: SIM110  # a loop costs half, and this is asked for every subject of a chunk
        if finding is not MATCH and finding is not MISMATCH:
            return False
    return True


def resolution_of(outcomes: Sequence[Outcome], otherwise: Resolution = Resolution.PROVEN) -> Resolution:
    """What outcomes come to; without any nothing is settled, and ``otherwise`` stands if it says so."""
    if not outcomes:
        settled = otherwise in (Resolution.PROVEN, Resolution.REFUTED, Resolution.UNKNOWN)
        return Resolution.UNAVAILABLE if settled else otherwise
    if Outcome.MISMATCH in outcomes:
        return Resolution.REFUTED
    return Resolution.UNKNOWN if Outcome.UNKNOWN in outcomes else Resolution.PROVEN


def why_unknown(findings: Sequence[Finding]) -> str:
    """The reasons of what is unknown, doubts before facts: a doubt can be cleared at the source."""
    reasons = {item.reason for item in findings if item.reason}
    ordered = sorted(reasons, key=lambda item: (item.is_fact, item))
    return ", ".join(ordered)
