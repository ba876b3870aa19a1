"""Commands on the node's host, as acts of an operator, and their entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.requester import Operator, Principal
from exchange.acts.state import NodeState
from exchange.acts.target import Target
from keys.errors import InvalidError, MalformedError
from keys.leaf.rules import family_of
from keys.printable import is_printable
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.transitions import ConflictError, IllegalTransitionError

MAX_WHY = 200
_UNKNOWN = {
    "register.seal": Reason.SEAL_UNKNOWN, "audit.entry": Reason.ENTRY_UNKNOWN, "license.read": Reason.LICENSE_UNKNOWN,
    "license.export": Reason.LICENSE_UNKNOWN, "license.check": Reason.LICENSE_UNKNOWN,
}  # fmt: skip
"""By kind of entry: why a command about something is refused that is not on record."""
_NOT_AUTHENTICATED = Refusal(
    Reason.FOUR_EYES,
    "this takes two people, and the host does not know who runs this; log in by name, or act as a system",
)


def is_reason(text: str) -> bool:
    """Return whether a text can be the reason of a command."""
    return 0 < len(text.strip()) <= MAX_WHY and is_printable(text)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words, joined by dots, the kind of its entry, and why it is run; see ``Act``.

    ``object`` is the id of what it is about, once that is known to be on record. ``subject`` is whom it is about, as
    ``kind:identifier``, and ``pseudonyms`` are those by which the entry is found. ``request`` is what the opening says
    instead of the reason: a search's reason and filter.
    """

    words: str
    kind: str
    why: str
    object: str = ""
    subject: str = ""
    pseudonyms: tuple[bytes, ...] = ()
    request: str = ""
    target: Target | None = None
    """The loaded item of the command; None for a command on the whole register, and until it is loaded."""

    @property
    def action(self) -> str:
        """The Cedar action of the command."""
        return f"command.{self.words}"

    @property
    def ends_with_caller(self) -> bool:
        """False: an interrupted command ends its work first."""
        return False

    @property
    def shape(self) -> tuple[str, ...]:
        """Empty: decisions about commands are not cached."""
        return ()

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Return the command, or the refusal of a missing reason."""
        if is_reason(self.why):
            return self
        return Refusal(Reason.BASIS_MISSING, f"a reason of 1 to {MAX_WHY} printable characters", "why")

    def resource(self, _state: NodeState) -> Resource:
        """Return the target, or the register or ledger, as a Cedar resource."""
        return self.target.resource() if self.target else Resource("Register", self.kind)

    def context(self, _state: NodeState) -> Mapping[str, Any]:
        """Return the reason, and the context of the target."""
        return {"reason": self.why.strip(), **(self.target.context if self.target else {})}

    def why_not(self, state: NodeState, principal: Principal, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of an operator who is not authenticated, of the target, or of a policy."""
        if "guardrail:unknown-person" in forbidding:
            return _NOT_AUTHENTICATED
        if self.target is not None:
            return self.target.why_not(state, principal, self.action, forbidding)
        return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failed command by its reason."""
        match error:
            case RuleError():
                return invalid(error)
            case ConflictError():
                return Refusal(Reason.SEAL_CHANGED, str(error))
            case IllegalTransitionError():
                return Refusal(Reason.ILLEGAL_TRANSITION, str(error))
            case NotOnRecordError():
                return Refusal(_UNKNOWN.get(self.kind, Reason.INVALID_REQUEST), str(error))
            case MalformedError() | InvalidError():
                return Refusal(Reason.INVALID_REQUEST, str(error))
        return failed(error)

    def refusal_entry(
        self, principal: Principal | Refusal, refusal: Refusal, _on_record: OnRecord, _pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal."""
        return self._entry(principal, refusal.reason.decision, refusal.reason.name)

    def permit_entry(self, principal: Principal, result: str, **facts: Any) -> Entry:
        """Return the ledger entry of a completed command; ``facts`` are further facts of the leaf."""
        return self._entry(principal, "permit", result, **facts)

    def _entry(self, principal: Principal | Refusal, decision: str, reason: str, **facts: Any) -> Entry:
        operator = principal if isinstance(principal, Operator) else None
        known_by = operator.known_by if operator else ""
        named = {"object": self.object} if self.object else {}
        values = {"kind": self.kind, "decision": decision, "reason": reason, "operator": known_by, **named, **facts}
        made = _family(self.kind)(**values)
        return Entry(made, opening_of(operator, self.request or self.why, self.subject), self.pseudonyms)


def opening_of(operator: Operator | None, request: str, subject: str = "") -> Opening:
    """Return the opening of a command's entry; ``request`` is its reason."""
    return Opening(subject=subject, officer=f"operator:{operator.name}" if operator else "", request=request)


def _family(kind: str) -> type[Any]:
    shape = family_of(kind)
    if shape is None:
        raise AssertionError("the kind of a command's entry has a family")
    return shape
