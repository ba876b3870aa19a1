"""Refusals: values with a reason, the broken rule, and their gRPC status.

A refusal never contains a value about a subject; ``field`` and ``rule`` suffice to correct a request.
"""

from dataclasses import dataclass
from enum import Enum

from adapters.errors import MalformedError, RefusedError, SlowError, SourceError
from registry.errors import RuleError


class Reason(Enum):
    """The reason of a refusal; names are stable, since ErrorInfo and the ledger contain them."""

    def __init__(self, _number: int, status: str) -> None:
        self.status = status

    # Who asks
    CERTIFICATE_MISSING = 1, "UNAUTHENTICATED"
    CERTIFICATE_UNKNOWN = 2, "UNAUTHENTICATED"
    CERTIFICATE_REVOKED = 3, "UNAUTHENTICATED"
    SYSTEM_SUSPENDED = 4, "PERMISSION_DENIED"
    DUTY_MISSING = 5, "PERMISSION_DENIED"
    # What is asked
    INVALID_REQUEST = 6, "INVALID_ARGUMENT"
    BASIS_MISSING = 7, "INVALID_ARGUMENT"
    DATASET_UNKNOWN = 8, "NOT_FOUND"
    MATTER_UNKNOWN = 9, "NOT_FOUND"
    ENTRY_UNKNOWN = 10, "NOT_FOUND"
    # Whether it may be asked
    MATTER_WITHOUT_DATASET = 11, "PERMISSION_DENIED"
    LEGAL_BASIS_MISMATCH = 12, "PERMISSION_DENIED"
    DATASET_WITHHELD = 13, "PERMISSION_DENIED"
    NO_GRANT = 14, "PERMISSION_DENIED"
    GRANT_NOT_IN_FORCE = 15, "PERMISSION_DENIED"
    MODE_NOT_GRANTED = 16, "PERMISSION_DENIED"
    MATTER_NOT_GRANTED = 17, "PERMISSION_DENIED"
    FIELD_NOT_GRANTED = 18, "PERMISSION_DENIED"
    POLICY_FORBIDS = 19, "PERMISSION_DENIED"
    QUOTA_USED_UP = 20, "RESOURCE_EXHAUSTED"
    RATE_EXCEEDED = 21, "RESOURCE_EXHAUSTED"
    OVERLOADED = 22, "RESOURCE_EXHAUSTED"
    # Whether it can be answered
    SOURCE_UNAVAILABLE = 23, "UNAVAILABLE"
    SOURCE_SLOW = 24, "DEADLINE_EXCEEDED"
    SOURCE_MALFORMED = 25, "INTERNAL"
    SOURCE_REFUSED = 26, "UNAVAILABLE"
    SEAL_UNAVAILABLE = 27, "UNAVAILABLE"
    REGISTER_IN_DOUBT = 28, "UNAVAILABLE"
    LEDGER_UNAVAILABLE = 29, "UNAVAILABLE"
    CALLER_GONE = 30, "CANCELLED"
    INTERNAL = 31, "INTERNAL"
    # Licenses
    LICENSE_TYPE_UNKNOWN = 32, "NOT_FOUND"
    LICENSE_UNKNOWN = 33, "NOT_FOUND"
    NOT_THE_ISSUER = 34, "PERMISSION_DENIED"
    ILLEGAL_TRANSITION = 35, "FAILED_PRECONDITION"
    LICENSE_CHANGED = 36, "ABORTED"
    NUMBER_TAKEN = 37, "ALREADY_EXISTS"
    CODE_UNKNOWN = 38, "NOT_FOUND"
    FACT_NOT_ON_RECORD = 39, "FAILED_PRECONDITION"
    # Seals and documents
    SEAL_UNKNOWN = 40, "NOT_FOUND"
    SEAL_CHANGED = 41, "ABORTED"
    SEAL_NOT_OWN = 42, "PERMISSION_DENIED"
    SEAL_NOT_IN_USE = 43, "FAILED_PRECONDITION"
    NO_SEAL_RULE = 44, "PERMISSION_DENIED"
    FOUR_EYES = 45, "PERMISSION_DENIED"
    DOCUMENT_UNKNOWN = 46, "NOT_FOUND"
    DOCUMENT_CHANGED = 47, "ABORTED"
    # Streams
    STOPPING = 49, "UNAVAILABLE"
    STREAM_IDLE = 50, "UNAVAILABLE"
    # Size
    ANSWER_TOO_LARGE = 51, "RESOURCE_EXHAUSTED"
    # What the ledger records
    LEDGER_DISAGREES = 59, "DATA_LOSS"
    # The ledger's clock
    CLOCK_IN_DOUBT = 60, "UNAVAILABLE"
    # Administration
    ITEM_UNKNOWN = 61, "NOT_FOUND"
    ITEM_CHANGED = 62, "ABORTED"
    ITEM_EXISTS = 63, "ALREADY_EXISTS"
    PERSON_SUSPENDED = 64, "PERMISSION_DENIED"
    TOKEN_INVALID = 65, "UNAUTHENTICATED"
    CONSENT_MISSING = 66, "PERMISSION_DENIED"
    HURTS_OTHERS = 67, "FAILED_PRECONDITION"
    CALENDAR_UNKNOWN = 68, "FAILED_PRECONDITION"
    AGENCY_SUSPENDED = 69, "PERMISSION_DENIED"

    @property
    def decision(self) -> str:
        """The decision in the ledger: ``deny`` for what is not permitted, ``fail`` for what failed."""
        return "fail" if self.status in _FAILURES else "deny"


_FAILURES = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "CANCELLED", "DATA_LOSS")
_RETRY_SECONDS = {Reason.RATE_EXCEEDED: 1.0, Reason.OVERLOADED: 0.5, Reason.STOPPING: 0.5,
                  Reason.LEDGER_UNAVAILABLE: 1.0, Reason.REGISTER_IN_DOUBT: 1.0,
                  Reason.SOURCE_UNAVAILABLE: 5.0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, and what the caller needs to correct it."""

    reason: Reason
    detail: str
    field: str = ""

    @property
    def retry_seconds(self) -> float | None:
        """The delay after which a retry can help, or None."""
        return _RETRY_SECONDS.get(self.reason)


def disagrees(what: str, field: str = "") -> Refusal:
    """Return the refusal of an act that depends on a row that is not as the ledger records it."""
    return Refusal(Reason.LEDGER_DISAGREES, f"{what} is not on record as the ledger records it", field)


def invalid(error: RuleError) -> Refusal:
    """Return the refusal of input that breaks a rule."""
    return Refusal(Reason.INVALID_REQUEST, str(error), error.field)


def source_failed(error: SourceError) -> Refusal:
    """Return the refusal for an error of a source."""
    reasons = ((SlowError, Reason.SOURCE_SLOW), (MalformedError, Reason.SOURCE_MALFORMED),
               (RefusedError, Reason.SOURCE_REFUSED))  # fmt: skip
    found = (reason for kind, reason in reasons if isinstance(error, kind))
    return Refusal(next(found, Reason.SOURCE_UNAVAILABLE), str(error))
