"""States of applications, and the table of permitted changes."""

from collections.abc import Mapping
from enum import StrEnum

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
CLOCK_STEPS: Mapping[ApplicationChange, str] = {
    _C.SUBMIT: "start",
    _C.ASK: "pause",
    _C.SUPPLY: "resume",
    _C.APPROVE: "stop",
    _C.REFUSE: "stop",
    _C.APPEAL: "start",
    _C.UPHOLD: "stop",
    _C.WITHDRAW: "stop",
}
"""What a change does to the clock of the review; a withdrawal stops it only where it runs."""
RUNNING = frozenset({_S.SUBMITTED, _S.ASKED, _S.APPEALED})
"""The states in which the clock of the review runs or is paused."""
