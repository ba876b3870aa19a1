"""States of applications, and the table of permitted changes."""

from collections.abc import Mapping
from enum import StrEnum

from registry.agencies import Duty
from registry.transitions import Transitions


class ApplicationState(StrEnum):
    """The state of an application; one that is approved in part is approved."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SUBMITTED = "submitted"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    APPEALED = "appealed"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class ApplicationChange(StrEnum):
    """Changes of an application's state."""

    PROPOSE = "propose"
    RETURN = "return"
    SUBMIT = "submit"
    ASK = "ask"
    SUPPLY = "supply"
    APPROVE = "approve"
    REFUSE = "refuse"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    WITHDRAW = "withdraw"


_S, _C = ApplicationState, ApplicationChange
TRANSITIONS = Transitions(
    "application",
    {
        _C.PROPOSE: ({_S.DRAFT}, _S.PROPOSED),
        _C.RETURN: ({_S.PROPOSED}, _S.DRAFT),
        _C.SUBMIT: ({_S.PROPOSED}, _S.SUBMITTED),
        _C.ASK: ({_S.SUBMITTED}, _S.ASKED),
        _C.SUPPLY: ({_S.ASKED}, _S.SUBMITTED),
        _C.APPROVE: ({_S.SUBMITTED, _S.APPEALED}, _S.APPROVED),
        _C.REFUSE: ({_S.SUBMITTED}, _S.REFUSED),
        _C.APPEAL: ({_S.REFUSED}, _S.APPEALED),
        _C.UPHOLD: ({_S.APPEALED}, _S.UPHELD),
        _C.WITHDRAW: ({_S.DRAFT, _S.PROPOSED, _S.SUBMITTED, _S.ASKED, _S.APPEALED}, _S.WITHDRAWN),
    },
)
"""The permitted changes; all others are refused. An appeal is decided by the authority: approved or upheld."""
RUNNING = frozenset({_S.SUBMITTED, _S.ASKED})
"""The states in which the source's clock runs or is paused; an appeal to the authority has none."""
_STEPS: Mapping[ApplicationChange, str] = {_C.SUBMIT: "start", _C.ASK: "pause", _C.SUPPLY: "resume"}
WAITS_FOR: Mapping[ApplicationState, tuple[str, Duty]] = {
    _S.PROPOSED: ("agency", Duty.APPROVE),
    _S.SUBMITTED: ("source", Duty.APPROVE),
    _S.ASKED: ("agency", Duty.REQUEST),
    _S.APPEALED: ("", Duty.ADMINISTER),
}
"""Whom an application waits for: the duty, and the column of the agency; without one, the authority."""


def clock_step(change: ApplicationChange, before: ApplicationState) -> str:
    """Return what a change does to the source's clock; empty if nothing."""
    return _STEPS.get(change, "stop" if before in RUNNING else "")
