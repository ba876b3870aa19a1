"""States of seals, from application to destruction, and the table of permitted changes."""

from collections.abc import Mapping
from enum import StrEnum

from registry.transitions import Transitions


class SealState(StrEnum):
    """印章状态: the state of a seal."""

    APPLIED = "applied"
    REFUSED = "refused"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DESTROYED = "destroyed"
    EXPIRED = "expired"


STATE_NAMES: Mapping[SealState, str] = {
    SealState.APPLIED: "已申请",
    SealState.REFUSED: "不予批准",
    SealState.APPROVED: "已批准",
    SealState.ACTIVE: "有效",
    SealState.SUSPENDED: "停用",
    SealState.DESTROYED: "销毁",
    SealState.EXPIRED: "过期",
}


class SealChange(StrEnum):
    """Changes of a seal's state."""

    APPROVE = "approve"
    REFUSE = "refuse"
    MAKE = "make"
    SUSPEND = "suspend"
    RESUME = "resume"
    DESTROY = "destroy"
    EXPIRE = "expire"


_S = SealState
TRANSITIONS = Transitions(
    "seal",
    {
        SealChange.APPROVE: ({_S.APPLIED}, _S.APPROVED),
        SealChange.REFUSE: ({_S.APPLIED}, _S.REFUSED),
        SealChange.MAKE: ({_S.APPROVED}, _S.ACTIVE),
        SealChange.SUSPEND: ({_S.ACTIVE}, _S.SUSPENDED),
        SealChange.RESUME: ({_S.SUSPENDED}, _S.ACTIVE),
        SealChange.DESTROY: ({_S.APPROVED, _S.ACTIVE, _S.SUSPENDED, _S.EXPIRED}, _S.DESTROYED),
        SealChange.EXPIRE: ({_S.ACTIVE, _S.SUSPENDED}, _S.EXPIRED),
    },
)
"""The permitted changes; all others are refused."""
KEPT = frozenset({_S.ACTIVE, _S.SUSPENDED})
"""The states in which a seal has a custodian, and can be handed over."""
