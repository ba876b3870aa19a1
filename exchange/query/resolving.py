"""The act of resolving a matter; its questions are separate acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Principal
from exchange.acts.state import NodeState
from exchange.query.entries import refusal_entry
from exchange.query.question import Question
from registry.ledger.leaf import Entry, Pseudonyms


@dataclass(frozen=True, slots=True)
class Resolving:
    """Resolves a matter for one case; see ``Act``. Refusals are recorded as those of ``question``."""

    question: Question
    action: str = "resolve"

    @property
    def ends_with_caller(self) -> bool:
        """True: it changes nothing."""
        return True

    @property
    def shape(self) -> tuple[str, ...]:
        """The matter, on which the decision depends."""
        return (self.question.basis.matter,)

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Check that a matter is named."""
        if not self.question.basis.matter.strip():
            return Refusal(Reason.BASIS_MISSING, "basis.matter: no question without a basis", "basis.matter")
        return self

    def resource(self, _state: NodeState) -> Resource:
        """Return the register of matters as a Cedar resource."""
        return Resource("Register", "matters")

    def context(self, state: NodeState) -> Mapping[str, Any]:
        """Return the matter; each requirement has its own legal basis."""
        matter = self.question.basis.matter
        return {"matter": matter, "legal_basis": "by requirement", "on_record": matter in state.register.matters}

    def why_not(self, _state: NodeState, _principal: Principal, _forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a matter that is not on record."""
        return Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "basis.matter")

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failure, without its details."""
        return failed(error)

    def refusal_entry(
        self, requester: Principal | Refusal, refusal: Refusal, on_record: OnRecord, pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal."""
        return refusal_entry(requester, self.question, refusal, on_record, pseudonyms)
