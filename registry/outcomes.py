"""Outcomes of claims in an answer, and reasons for unknown outcomes.

A reason for an unknown outcome is a fact about the store (it has no record or value to compare) or a doubt (it may have
more than could be read). A doubt is never reported as a fact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of a claim in an answer."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


class Unknown(StrEnum):
    """The reason for an unknown outcome."""

    NO_RECORD = "NO_RECORD"
    """The source has no record of the subject."""
    NO_VALUE = "NO_VALUE"
    """None of the records that meet the conditions has a value."""
    KEYS_UNREACHABLE = "KEYS_UNREACHABLE"
    """The store has records that no query can find; one of them may concern the subject."""
    ROWS_SET_ASIDE = "ROWS_SET_ASIDE"
    """Rows of the drop could not be read; one of them may concern the subject."""
    VALUE_UNREADABLE = "VALUE_UNREADABLE"
    """A value's characters were lost in the store."""
    RECORD_MALFORMED = "RECORD_MALFORMED"
    """A record of the subject does not fit its description."""

    @property
    def is_fact(self) -> bool:
        """Whether the source states it as a fact: there is nothing to compare with."""
        return self in (Unknown.NO_RECORD, Unknown.NO_VALUE)


class Resolution(StrEnum):
    """The result of resolving a requirement."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    APPLICANT_MUST_SUPPLY = "applicant_must_supply"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one claim about one subject.

    ``reason`` is set if the outcome is unknown; ``equal_after`` names, by field, the rules by which two different texts
    were found equal (``registry/names.py``): in the claim itself or in its conditions.
    """

    outcome: Outcome
    reason: Unknown | None = None
    equal_after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


MATCH = Finding(Outcome.MATCH)
MISMATCH = Finding(Outcome.MISMATCH)
UNKNOWN = {reason: Finding(Outcome.UNKNOWN, reason) for reason in Unknown}


def all_plain(findings: Sequence[Finding]) -> bool:
    """Return whether every finding is a match or mismatch without further details."""
    for finding in findings:  # noqa: SIM110  # half the time of ``all``, for every subject of a chunk
        if finding is not MATCH and finding is not MISMATCH:
            return False
    return True


def resolution_of(outcomes: Sequence[Outcome], otherwise: Resolution = Resolution.PROVEN) -> Resolution:
    """Return the resolution of outcomes; of none, ``otherwise`` unless that would be a result."""
    if not outcomes:
        settled = otherwise in (Resolution.PROVEN, Resolution.REFUTED, Resolution.UNKNOWN)
        return Resolution.UNAVAILABLE if settled else otherwise
    if Outcome.MISMATCH in outcomes:
        return Resolution.REFUTED
    return Resolution.UNKNOWN if Outcome.UNKNOWN in outcomes else Resolution.PROVEN


def why_unknown(findings: Sequence[Finding]) -> str:
    """Return the reasons for unknown outcomes, doubts first, since the source can resolve doubts."""
    reasons = {item.reason for item in findings if item.reason}
    ordered = sorted(reasons, key=lambda item: (item.is_fact, item))
    return ", ".join(ordered)
