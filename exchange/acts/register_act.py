"""Acts on the registers of licenses, seals and documents, and their entries.

A leaf has the digest of what was signed; the opening has the persons concerned and the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Reason, Refusal, disagrees, invalid
from exchange.acts.requester import Principal, Requester, party_of, person_of
from exchange.acts.state import NodeState
from exchange.acts.target import Target
from keys.leaf.facts import ActFacts
from registry.basis import Basis
from registry.content import Row
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.matters import Matter
from registry.transitions import ConflictError, IllegalTransitionError

_BY_REQUIREMENT = "by requirement"
_MAX_OPENED = 400
_REASONS = {
    "license": (Reason.LICENSE_UNKNOWN, Reason.LICENSE_CHANGED),
    "seal": (Reason.SEAL_UNKNOWN, Reason.SEAL_CHANGED),
    "document": (Reason.DOCUMENT_UNKNOWN, Reason.DOCUMENT_CHANGED),
}
"""By register: the reason of refusals for an unknown item, and for one that was changed meanwhile."""


@dataclass(frozen=True, slots=True)
class RegisterAct:
    """An act on a register: action, basis, item and subjects; see ``Act``.

    ``type`` is a license type's id, ``item`` the id of a seal or document; ``subjects`` are ``kind:identifier``,
    including a license's own; ``reason`` is the officer's text.
    """

    name: str
    basis: Basis
    type: str = ""
    subjects: Sequence[str] = ()
    reason: str = ""
    register: str = "license"
    item: str = ""
    by_requirement: bool = False
    """Whether each requirement of the matter has its own legal basis."""
    ends_with_caller: bool = False
    """Whether it is cancelled when its caller leaves, since it mostly asks questions."""
    target: Target | None = None
    """The loaded item of the act; while it is None, the act is on the whole register."""

    @property
    def action(self) -> str:
        """The register and the operation."""
        return f"{self.register}.{self.name}"

    @property
    def shape(self) -> tuple[str, ...]:
        """The basis, and the target if there is one, on which the decision depends."""
        own = self.register, self.basis.matter, self.basis.legal_basis
        if self.target is None:
            return own
        shape = self.target.shape
        return (*own, *shape) if shape else ()

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Return the act, or the refusal of a missing basis or one that is too long."""
        basis = self.basis.with_legal_basis(_BY_REQUIREMENT) if self.by_requirement else self.basis
        if missing := basis.missing:
            field = f"basis.{missing}"
            return Refusal(Reason.BASIS_MISSING, f"{field}: nothing is done without a basis", field)
        if long := basis.too_long:
            return Refusal(Reason.INVALID_REQUEST, f"basis.{long}: too long", f"basis.{long}")
        return self

    def resource(self, _state: NodeState) -> Resource:
        """Return the target, or the register, as a Cedar resource."""
        return self.target.resource() if self.target else Resource("Register", self.register)

    def context(self, state: NodeState) -> Mapping[str, Any]:
        """Return the basis, as far as it is on record; only that is written to leaves."""
        legal_basis = _BY_REQUIREMENT if self.by_requirement else self.basis.legal_basis
        return {
            "matter": self.basis.matter,
            "legal_basis": legal_basis,
            "on_record": legal_basis in _legal_bases(state.register.matters.get(self.basis.matter)),
            **(self.target.context if self.target else {}),
        }

    def why_not(self, state: NodeState, principal: Principal, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of an unknown matter or legal basis, or that of the target."""
        if self.target is not None:
            return self.target.why_not(state, principal, self.action, forbidding)
        if self.context(state)["on_record"]:
            return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
        if state.register.departed.has("matter", self.basis.matter):
            return disagrees("the matter", "basis.matter")
        if self.basis.matter not in state.register.matters:
            return Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "basis.matter")
        detail = f"not a legal basis of {self.basis.matter}"
        return Refusal(Reason.LEGAL_BASIS_MISMATCH, detail, "basis.legal_basis")

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failed act by its reason; without details if the failure is unknown."""
        unknown, changed = _REASONS[self.register]
        match error:
            case RuleError():
                return invalid(error)
            case ConflictError():
                return Refusal(changed, str(error), "revision")
            case IllegalTransitionError():
                return Refusal(Reason.ILLEGAL_TRANSITION, str(error))
            case NotOnRecordError():
                return Refusal(unknown, str(error))
        return failed(error)

    def refusal_entry(
        self, requester: Principal | Refusal, refusal: Refusal, on_record: OnRecord, pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal, which names only what is on record."""
        known = isinstance(requester, Requester)
        facts = ActFacts(
            kind=self.action,
            decision=refusal.reason.decision,
            reason=refusal.reason.name,
            **party_of(requester),
            object=on_record.seal(self.item),
            dataset=f"license.{self.type}" if on_record.license_type(self.type) else "",
            matter=on_record.matter(self.basis.matter),
            subjects=len(self.subjects),
            person=person_of(requester),
        )
        return Entry(facts, _opening(self), pseudonyms.of_all(self.subjects) if known else ())


def _legal_bases(matter: Matter | None) -> set[str]:
    return {_BY_REQUIREMENT, *(item.legal_basis for item in matter.requirements)} if matter else set()


def permit_entry(
    requester: Requester,
    act: RegisterAct,
    result: str,
    digest: str,
    source: str,
    pseudonyms: Pseudonyms,
    row: Row | None = None,
) -> Entry:
    """Return the ledger entry of a completed act.

    ``result`` is its result's name, ``digest`` the envelope's, ``row`` the register's row after the act.
    """
    facts = ActFacts(
        kind=act.action,
        decision="permit",
        reason=result,
        agency=requester.agency.uscc,
        system=requester.system.id,
        source=source,
        object=act.item,
        dataset=f"license.{act.type}" if act.type else "",
        matter=act.basis.matter,
        subjects=len(act.subjects),
        basis=act.basis.legal_basis,
        answer=digest,
    )
    return Entry(facts, _opening(act), pseudonyms.of_all(act.subjects), row)


def _opening(act: RegisterAct) -> Opening:
    subject = act.subjects[0] if act.subjects else ""
    reason = act.reason or act.basis.matter  # a reason is required; the matter serves as one
    values = subject, act.basis.officer, act.basis.case, reason
    return Opening(*[value[:_MAX_OPENED] for value in values])
