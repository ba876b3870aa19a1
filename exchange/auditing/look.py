"""The act of reading the ledger, with reader, object, reason and subjects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Principal, Requester, party_of
from exchange.acts.state import NodeState
from keys.leaf.facts import AuditFacts
from registry.ledger.leaf import Entry, Opening, Pseudonyms

MAX_REASON = 400


@dataclass(frozen=True, slots=True)
class Look:
    """A reading of ``checkpoint``, ``consistency``, ``entry`` or ``search``; see ``Act``.

    A reading of the tree alone, which is public, needs no reason, and leaves an entry only if it is refused. ``object``
    is the index of the entry to open, ``request`` the reason and filter of a search. ``pseudonyms`` are those of the
    subjects whose data are opened.
    """

    what: str
    reason: str = ""
    subject: str = ""
    pseudonyms: tuple[bytes, ...] = ()
    object: str = ""
    request: str = ""

    @property
    def action(self) -> str:
        """The kind of reading."""
        return f"audit.{self.what}"

    @property
    def ends_with_caller(self) -> bool:
        """True: it changes nothing."""
        return True

    @property
    def at_tree(self) -> bool:
        """Whether only the tree is read."""
        return self.what in ("checkpoint", "consistency")

    @property
    def shape(self) -> tuple[str, ...]:
        """Whether there is a reason, on which the decision depends."""
        return ("reason" if self.reason.strip() else "none",)

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Return the act itself."""
        return self

    def resource(self, _state: NodeState) -> Resource:
        """Return the ledger as a Cedar resource."""
        return Resource("Register", "ledger")

    def context(self, _state: NodeState) -> Mapping[str, Any]:
        """Return the reason."""
        return {"reason": self.reason.strip()}

    def why_not(self, _state: NodeState, _principal: Principal, _forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a reading without reason."""
        return Refusal(Reason.BASIS_MISSING, "reason: no look without a reason", "reason")

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failure, without its details."""
        return failed(error)

    def refusal_entry(
        self, requester: Principal | Refusal, refusal: Refusal, _on_record: OnRecord, _pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal."""
        return self._entry(requester, refusal.reason.decision, refusal.reason.name)

    def permit_entry(self, requester: Requester) -> Entry:
        """Return the ledger entry of a reading."""
        return self._entry(requester, "permit", "DUTY")

    def _entry(self, requester: Principal | Refusal, decision: str, reason: str) -> Entry:
        known = isinstance(requester, Requester)
        facts = AuditFacts(
            kind=self.action,
            decision=decision,
            reason=reason,
            object=self.object,
            **party_of(requester),
        )
        request = self.request or self.reason[:MAX_REASON]
        opening = Opening(subject=self.subject[:MAX_REASON], request=request)
        return Entry(facts, opening, self.pseudonyms if known else ())
