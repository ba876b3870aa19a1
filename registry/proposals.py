"""States of proposals, which are changes that await a second person, and the permitted steps."""

from enum import StrEnum

from registry.transitions import Transitions


class ProposalState(StrEnum):
    """The state of a proposal."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ProposalChange(StrEnum):
    """Steps of a proposal. The last approval that it needs applies it."""

    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    APPLY = "apply"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


_S = ProposalState
TRANSITIONS = Transitions(
    "proposal",
    {
        ProposalChange.SUBMIT: ({_S.DRAFT}, _S.PROPOSED),
        ProposalChange.RETURN: ({_S.PROPOSED}, _S.DRAFT),
        ProposalChange.APPROVE: ({_S.PROPOSED}, _S.PROPOSED),
        ProposalChange.APPLY: ({_S.PROPOSED}, _S.APPLIED),
        ProposalChange.REFUSE: ({_S.PROPOSED}, _S.REFUSED),
        ProposalChange.WITHDRAW: ({_S.DRAFT, _S.PROPOSED}, _S.WITHDRAWN),
    },
)
"""The permitted steps; all others are refused."""
