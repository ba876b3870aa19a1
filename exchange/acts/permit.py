"""Permits: leave to do an act, given by Cedar; and in the same state leave to do it with what was loaded since."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from exchange.acts.act import Act
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState

A = TypeVar("A", bound=Act)
B = TypeVar("B", bound=Act)
A_co = TypeVar("A_co", bound=Act, covariant=True)

_DUTY = "guardrail:duty:"
"""Policies that forbid what another duty may do, by the duty's name."""
_INVALID = Refusal(Reason.POLICY_FORBIDS, "the policies about this are not valid; nothing is permitted")


@dataclass(frozen=True, slots=True)
class Permit(Generic[A_co]):
    """Leave to do an act: by whom, in which state, and the policies that gave it."""

    state: NodeState
    requester: Requester
    act: A_co
    policies: frozenset[str]
    digest: str

    def over(self, act: B) -> "Permit[B] | Refusal":
        """Leave for a narrower act: the same, over one thing that was loaded from the register since."""
        return authorize(self.state, self.requester, act)


def authorize(state: NodeState, requester: Requester, act: A) -> Permit[A] | Refusal:
    """The permit of an act that is understood, or what is missing."""
    action, shape = act.action, act.shape
    decision = state.authorizer.kept(requester, action, shape) if shape else None
    if decision is None:
        decision = state.authorizer.decide(requester, action, act.resource(state), act.context(state), shape)
    if decision.allowed:
        return Permit(state, requester, act, decision.policies, decision.digest)
    if not decision.valid:
        return _INVALID
    for name in decision.policies:
        if name.startswith(_DUTY):
            had, needed = requester.system.duty.value, name.removeprefix(_DUTY)
            return Refusal(Reason.DUTY_MISSING, f"the system has the duty to {had}, not to {needed}")
    return act.why_not(state, requester, decision.policies)
