"""Acts that name no subject and need no basis: looking up the catalogue, or a call that cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from keys.leaf.facts import ActFacts
from registry.ledger.leaf import Entry, Pseudonyms
from registry.register import Register


@dataclass(frozen=True, slots=True)
class PlainAct:
    """An act on a register as a whole; see ``Act``. ``name`` is the method's, as entries show it."""

    register: str
    name: str
    action: str

    @property
    def shape(self) -> tuple[str, ...]:
        """The action alone decides."""
        return (self.register,)

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Itself."""
        return self

    def resource(self, _state: NodeState) -> Resource:
        """The register."""
        return Resource("Register", self.register)

    def context(self, _state: NodeState) -> Mapping[str, Any]:
        """Nothing besides."""
        return {}

    def why_not(self, _state: NodeState, _requester: Requester, _forbidding: frozenset[str]) -> Refusal:
        """A policy forbids it: nothing is needed."""
        return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")

    def refusal_of(self, error: Exception) -> Refusal:
        """A failure without its details."""
        return failed(error)

    def refused(
        self, requester: Requester | Refusal, refusal: Refusal, _register: Register, _pseudonyms: Pseudonyms
    ) -> Entry:
        """The entry of a refusal."""
        facts = ActFacts(
            kind=f"{self.register}.{self.name}",
            decision=refusal.reason.decision,
            reason=refusal.reason.name,
            agency=requester.agency.uscc if isinstance(requester, Requester) else "",
            system=requester.system.id if isinstance(requester, Requester) else "",
        )
        return Entry(facts)
