"""Acts without subject and basis: of the catalogue, of calls that cannot be parsed, of the node."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Node, Operator, Principal, party_of, person_of
from exchange.acts.state import NodeState
from keys.leaf.facts import ActFacts
from registry.ledger.leaf import Entry, Pseudonyms


@dataclass(frozen=True, slots=True)
class PlainAct:
    """An act on a register as a whole; see ``Act``."""

    register: str
    name: str
    ends_with_caller: bool = True
    """Whether it changes nothing, and so is cancelled when its caller leaves."""

    @property
    def action(self) -> str:
        """The register and what is done on it."""
        return f"{self.register}.{self.name}"

    @property
    def shape(self) -> tuple[str, ...]:
        """The action, on which alone the decision depends."""
        return (self.register,)

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Return the act itself."""
        return self

    def resource(self, _state: NodeState) -> Resource:
        """Return the register as a Cedar resource."""
        return Resource("Register", self.register)

    def context(self, _state: NodeState) -> Mapping[str, Any]:
        """Return an empty context."""
        return {}

    def why_not(self, _state: NodeState, _principal: Principal, _forbidding: frozenset[str]) -> Refusal:
        """Return the refusal by a policy, since no condition can be missing."""
        return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failure, without its details."""
        return failed(error)

    def refusal_entry(
        self, requester: Principal | Refusal, refusal: Refusal, _on_record: OnRecord, _pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal."""
        facts = ActFacts(
            kind=self.action,
            decision=refusal.reason.decision,
            reason=refusal.reason.name,
            **party_of(requester),
            operator=requester.known_by if isinstance(requester, Operator | Node) else "",
            person=person_of(requester),
        )
        return Entry(facts)
