"""Permits, given by Cedar for an act, and for narrower acts on items loaded in the same state."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from exchange.acts.act import Act
from exchange.acts.authorization import Decision
from exchange.acts.cedar import is_in
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Official, Principal, Requester, requester_of
from exchange.acts.state import NodeState

A = TypeVar("A", bound=Act)
B = TypeVar("B", bound=Act)
A_co = TypeVar("A_co", bound=Act, covariant=True)

_BY_PEOPLE = "by_people"
"""The group of actions of persons; all others are of systems alone, as the schema has them."""
_DUTY = "guardrail:duty:"
"""The prefix of policies that forbid the acts of another duty, before the duty's name."""
_INVALID = Refusal(Reason.POLICY_FORBIDS, "the policies about this are not valid; nothing is permitted")


@dataclass(frozen=True, slots=True)
class Permit(Generic[A_co]):
    """A permit: the act, its requester, the state, and the decision."""

    state: NodeState
    principal: Principal
    act: A_co
    decision: Decision

    @property
    def policies(self) -> frozenset[str]:
        """The ids of the permitting policies, with those of the rows that they read."""
        return self.decision.policies

    @property
    def rows(self) -> tuple[Any, ...]:
        """The grants, or the rules of use, that permit it."""
        return self.decision.rows

    @property
    def digest(self) -> str:
        """The digest of the policies and rows that apply."""
        return self.decision.digest

    @property
    def requester(self) -> Requester:
        """The system that acts; raises as ``requester_of``."""
        return requester_of(self.principal)

    def over(self, act: B) -> "Permit[B] | Refusal":
        """Return the permit of a narrower act: the same, on one item loaded from a register since."""
        return authorize(self.state, self.principal, act)


def authorize(state: NodeState, principal: Principal, act: A) -> Permit[A] | Refusal:
    """Return the permit of an understood act, or the refusal that names what is missing."""
    action, shape = act.action, act.shape
    decision = state.authorizer.kept(principal, action, shape) if shape else None
    if decision is None:
        decision = state.authorizer.decide(principal, action, act.resource(state), act.context(state), shape)
    if decision.allowed:
        return Permit(state, principal, act, decision)
    if not decision.valid:
        return _INVALID
    return _duty_missing(principal, action, decision.policies) or act.why_not(state, principal, decision.policies)


def _duty_missing(principal: Principal, action: str, forbidding: frozenset[str]) -> Refusal | None:
    """Return the refusal of a system or person of another duty; None if that is not what forbids."""
    if isinstance(principal, Official) and not is_in(action, _BY_PEOPLE):
        return Refusal(Reason.DUTY_MISSING, "only systems do this, with their own certificate")
    needed = next((name.removeprefix(_DUTY) for name in sorted(forbidding) if name.startswith(_DUTY)), "")
    if needed and isinstance(principal, Requester):
        had = principal.system.duty.value
        return Refusal(Reason.DUTY_MISSING, f"the system has the duty to {had}, not to {needed}")
    if needed and isinstance(principal, Official):
        had = ", ".join(sorted(principal.duties))
        return Refusal(Reason.DUTY_MISSING, f"the person has the duties to {had}, not to {needed}")
    return None
