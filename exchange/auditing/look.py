"""A look at the ledger as an act: by whom, at what, why, about whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from keys.leaf.facts import AuditFacts
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.register import Register

_MAX_REASON = 400


@dataclass(frozen=True, slots=True)
class Look:
    """A look at ``checkpoint``, ``consistency``, ``entry`` or ``search``; see ``Act``.

    A look at the tree alone, which everybody may see, needs no reason and leaves no entry unless it is refused.
    """

    what: str
    reason: str = ""
    subject: str = ""
    pseudonym: bytes = b""

    @property
    def action(self) -> str:
        """What is looked at."""
        return f"audit.{self.what}"

    @property
    def at_tree(self) -> bool:
        """Whether it shows nothing but the tree."""
        return self.what in ("checkpoint", "consistency")

    @property
    def shape(self) -> tuple[str, ...]:
        """Whether there is a reason decides."""
        return ("reason" if self.reason.strip() else "none",)

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Itself."""
        return self

    def resource(self, _state: NodeState) -> Resource:
        """The ledger."""
        return Resource("Register", "ledger")

    def context(self, _state: NodeState) -> Mapping[str, Any]:
        """The reason."""
        return {"reason": self.reason.strip()}

    def why_not(self, _state: NodeState, _requester: Requester, _forbidding: frozenset[str]) -> Refusal:
        """The reason is missing."""
        return Refusal(Reason.BASIS_MISSING, "reason: no look without a reason", "reason")

    def refusal_of(self, error: Exception) -> Refusal:
        """A failure without its details."""
        return failed(error)

    def refused(
        self, requester: Requester | Refusal, refusal: Refusal, _register: Register, _pseudonyms: Pseudonyms
    ) -> Entry:
        """The entry of a refusal."""
        return self._entry(requester, refusal.reason.decision, refusal.reason.name)

    def permitted(self, requester: Requester) -> Entry:
        """The entry of a look."""
        return self._entry(requester, "permit", "DUTY")

    def _entry(self, requester: Requester | Refusal, decision: str, reason: str) -> Entry:
        known = isinstance(requester, Requester)
        facts = AuditFacts(
            kind=self.action,
            decision=decision,
            reason=reason,
            agency=requester.agency.uscc if isinstance(requester, Requester) else "",
            system=requester.system.id if isinstance(requester, Requester) else "",
        )
        opening = Opening(subject=self.subject[:_MAX_REASON], request=self.reason[:_MAX_REASON])
        return Entry(facts, opening, (self.pseudonym,) if self.pseudonym and known else ())
