"""States of licenses, and the table of permitted changes."""

from collections.abc import Mapping
from enum import StrEnum

from keys.statuslist import Status
from registry.transitions import Transitions


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
TRANSITIONS = Transitions(
    "license",
    {
        Change.ACTIVATE: ({_S.NOT_ACTIVATED}, _S.VALID),
        Change.SUSPEND: ({_S.VALID}, _S.SUSPENDED),
        Change.RESUME: ({_S.SUSPENDED}, _S.VALID),
        Change.CANCEL: ({_S.NOT_ACTIVATED, _S.VALID, _S.SUSPENDED, _S.EXPIRED}, _S.CANCELLED),
        Change.REVOKE: ({_S.VALID, _S.SUSPENDED}, _S.REVOKED),
        Change.SUPERSEDE: ({_S.VALID, _S.EXPIRED}, _S.SUPERSEDED),
        Change.EXPIRE: ({_S.VALID, _S.SUSPENDED}, _S.EXPIRED),
    },
)
"""The permitted changes; all others are refused."""
ISSUED, SUPERSEDED = "ISSUED", "SUPERSEDED"
STATE_AFTER: Mapping[str, LicenseState] = {
    ISSUED: _S.VALID,
    SUPERSEDED: _S.SUPERSEDED,
    **{change.name: after for change, (_, after) in TRANSITIONS.table.items()},
}
"""By what the entry of a change of state says: the state after it, of a license that needs no activation."""


def published_status(state: LicenseState) -> Status:
    """Return the status that a status list has for a state."""
    match state:
        case LicenseState.VALID | LicenseState.EXPIRED:  # the license itself has its period
            return Status.VALID
        case LicenseState.SUSPENDED | LicenseState.NOT_ACTIVATED:
            return Status.SUSPENDED
        case _:
            return Status.INVALID
