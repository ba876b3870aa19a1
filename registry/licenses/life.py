"""The life of a license: its states, and the one table of what may follow what, and who may do it."""

from collections.abc import Mapping
from enum import StrEnum

from keys.statuslist import Status
from registry.transitions import Transition, follow


class LicenseState(StrEnum):
    """证照状态, GB/T 36903."""

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


class Role(StrEnum):
    """Who makes a transition: the issuer, the supervising department, or the registry itself."""

    ISSUER = "issuer"
    SUPERVISOR = "supervisor"
    REGISTRY = "registry"


class Change(StrEnum):
    """What is done to a license."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    REVOKE = "revoke"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"


_S, _R = LicenseState, Role
TRANSITIONS: Mapping[Change, Transition[LicenseState, Role]] = {
    Change.ACTIVATE: Transition(frozenset({_S.NOT_ACTIVATED}), _S.VALID, frozenset({_R.ISSUER})),
    Change.SUSPEND: Transition(frozenset({_S.VALID}), _S.SUSPENDED, frozenset({_R.ISSUER, _R.SUPERVISOR, _R.REGISTRY})),
    Change.RESUME: Transition(frozenset({_S.SUSPENDED}), _S.VALID, frozenset({_R.ISSUER, _R.SUPERVISOR})),
    Change.CANCEL: Transition(
        frozenset({_S.NOT_ACTIVATED, _S.VALID, _S.SUSPENDED, _S.EXPIRED}), _S.CANCELLED, frozenset({_R.ISSUER})
    ),
    Change.REVOKE: Transition(frozenset({_S.VALID, _S.SUSPENDED}), _S.REVOKED, frozenset({_R.ISSUER, _R.SUPERVISOR})),
    Change.SUPERSEDE: Transition(frozenset({_S.VALID, _S.EXPIRED}), _S.SUPERSEDED, frozenset({_R.ISSUER})),
    Change.EXPIRE: Transition(frozenset({_S.VALID, _S.SUSPENDED}), _S.EXPIRED, frozenset({_R.REGISTRY})),
}
"""The one table. What it does not hold is not legal."""


def check_transition(change: Change, state: LicenseState, role: Role) -> LicenseState:
    """The state that follows.

    Raises:
        IllegalTransitionError: says why not.
    """
    return follow(TRANSITIONS, "license", change, state, role)


def published_status(state: LicenseState) -> Status:
    """What the status list says of a state."""
    match state:
        case LicenseState.VALID | LicenseState.EXPIRED:  # the license's own period tells that it is past
            return Status.VALID
        case LicenseState.SUSPENDED | LicenseState.NOT_ACTIVATED:
            return Status.SUSPENDED
        case _:
            return Status.INVALID
