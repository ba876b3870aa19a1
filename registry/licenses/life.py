"""States of licenses, and the table of permitted changes."""

from collections.abc import Mapping
from enum import StrEnum

from keys.statuslist import Status
from registry.transitions import Transition, follow


class LicenseState(StrEnum):
    """证照状态: the states of GB/T 36903."""

    NOT_ACTIVATED = "not_activated"
    VALID = "valid"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


STATE_NAMES: Mapping[LicenseState, str] = {
    LicenseState.NOT_ACTIVATED: "未激活",
    LicenseState.VALID: "有效",
    LicenseState.SUSPENDED: "暂停",
    LicenseState.EXPIRED: "过期",
    LicenseState.CANCELLED: "注销",
    LicenseState.REVOKED: "撤销",
    LicenseState.SUPERSEDED: "变更",
}


class Change(StrEnum):
    """Changes of a license's state."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    REVOKE = "revoke"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"


_S = LicenseState
TRANSITIONS: Mapping[Change, Transition[LicenseState]] = {
    Change.ACTIVATE: Transition(frozenset({_S.NOT_ACTIVATED}), _S.VALID),
    Change.SUSPEND: Transition(frozenset({_S.VALID}), _S.SUSPENDED),
    Change.RESUME: Transition(frozenset({_S.SUSPENDED}), _S.VALID),
    Change.CANCEL: Transition(frozenset({_S.NOT_ACTIVATED, _S.VALID, _S.SUSPENDED, _S.EXPIRED}), _S.CANCELLED),
    Change.REVOKE: Transition(frozenset({_S.VALID, _S.SUSPENDED}), _S.REVOKED),
    Change.SUPERSEDE: Transition(frozenset({_S.VALID, _S.EXPIRED}), _S.SUPERSEDED),
    Change.EXPIRE: Transition(frozenset({_S.VALID, _S.SUSPENDED}), _S.EXPIRED),
}
"""The permitted changes; all others are refused."""


def check_transition(change: Change, state: LicenseState) -> LicenseState:
    """Return the state after a change.

    Raises:
        IllegalTransitionError: the change is not permitted; says why.
    """
    return follow(TRANSITIONS, "license", change, state)


def published_status(state: LicenseState) -> Status:
    """Return the status that a status list has for a state."""
    match state:
        case LicenseState.VALID | LicenseState.EXPIRED:  # the license itself has its period
            return Status.VALID
        case LicenseState.SUSPENDED | LicenseState.NOT_ACTIVATED:
            return Status.SUSPENDED
        case _:
            return Status.INVALID
