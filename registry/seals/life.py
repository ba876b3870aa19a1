"""The life of a seal: applied for, approved, made by someone else, used, suspended, destroyed."""

from collections.abc import Mapping
from enum import StrEnum

from registry.transitions import Transition


class SealState(StrEnum):
    """印章状态."""

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


class SealRole(StrEnum):
    """Who makes a change: the agency whose seal it is, the exchange authority, or the registry itself."""

    OWNER = "owner"
    AUTHORITY = "authority"
    REGISTRY = "registry"


class SealChange(StrEnum):
    """What is done to a seal."""

    APPROVE = "approve"
    REFUSE = "refuse"
    MAKE = "make"
    SUSPEND = "suspend"
    RESUME = "resume"
    DESTROY = "destroy"
    EXPIRE = "expire"


_S, _R = SealState, SealRole
_AUTHORITY, _BOTH = frozenset({_R.AUTHORITY}), frozenset({_R.AUTHORITY, _R.OWNER})
TRANSITIONS: Mapping[SealChange, Transition[SealState, SealRole]] = {
    SealChange.APPROVE: Transition(frozenset({_S.APPLIED}), _S.APPROVED, _AUTHORITY),
    SealChange.REFUSE: Transition(frozenset({_S.APPLIED}), _S.REFUSED, _AUTHORITY),
    SealChange.MAKE: Transition(frozenset({_S.APPROVED}), _S.ACTIVE, _AUTHORITY),
    SealChange.SUSPEND: Transition(frozenset({_S.ACTIVE}), _S.SUSPENDED, _BOTH),
    SealChange.RESUME: Transition(frozenset({_S.SUSPENDED}), _S.ACTIVE, _AUTHORITY),
    SealChange.DESTROY: Transition(frozenset({_S.APPROVED, _S.ACTIVE, _S.SUSPENDED, _S.EXPIRED}), _S.DESTROYED, _BOTH),
    SealChange.EXPIRE: Transition(frozenset({_S.ACTIVE, _S.SUSPENDED}), _S.EXPIRED, frozenset({_R.REGISTRY})),
}
"""The one table. What it does not hold is not legal."""
