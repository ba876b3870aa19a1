"""Acts on the registers of licenses, seals and documents, and their entries.

A leaf names what was signed by its digest; the opening holds who it is about and why it was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from exchange.acts.target import Target
from keys.leaf.facts import ActFacts
from registry.basis import Basis
from registry.content import Row
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.matters import Matter
from registry.register import Register
from registry.transitions import ConflictError, FourEyesError, IllegalTransitionError

_BY_REQUIREMENT = "by requirement"
NO_BASIS = Basis("", "", "", "")
_MAX_OPENED = 400
_REASONS = {
    "license": (Reason.LICENSE_UNKNOWN, Reason.LICENSE_CHANGED),
    "seal": (Reason.SEAL_UNKNOWN, Reason.SEAL_CHANGED),
    "document": (Reason.DOCUMENT_UNKNOWN, Reason.DOCUMENT_CHANGED),
}
"""By register: why an act on something is refused that is not on record, or that another changed meanwhile."""


@dataclass(frozen=True, slots=True)
class RegisterAct:
    """Something that is done: what, why, with which item, and about whom; see ``Act``.

    ``type`` is a license type's id, ``item`` the id of a seal or document; ``subjects`` are ``kind:identifier``, a
    license's own among them; ``reason`` is in the officer's words.
    """

    name: str
    basis: Basis
    type: str = ""
    subjects: Sequence[str] = ()
    reason: str = ""
    register: str = "license"
    item: str = ""
    by_requirement: bool = False
    """Whether each requirement of the matter brings its own legal basis."""
    target: Target | None = None
    """The one thing that it is done with, once it is loaded; until then it is an act on the register as a whole."""

    @property
    def action(self) -> str:
        """The register and what is done on it."""
        return f"{self.register}.{self.name}"

    @property
    def shape(self) -> tuple[str, ...]:
        """The basis decides, and the target where there is one."""
        own = self.register, self.basis.matter, self.basis.legal_basis
        if self.target is None:
            return own
        shape = self.target.shape
        return (*own, *shape) if shape else ()

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Whether it has a basis."""
        basis = self.basis.with_legal_basis(_BY_REQUIREMENT) if self.by_requirement else self.basis
        if missing := basis.missing:
            field = f"basis.{missing}"
            return Refusal(Reason.BASIS_MISSING, f"{field}: nothing is done without a basis", field)
        if long := basis.too_long:
            return Refusal(Reason.INVALID_REQUEST, f"basis.{long}: too long", f"basis.{long}")
        return self

    def resource(self, _state: NodeState) -> Resource:
        """The target, or the register."""
        return self.target.resource() if self.target else Resource("Register", self.register)

    def context(self, state: NodeState) -> Mapping[str, Any]:
        """The basis; only what is on record is one, and only what is on record reaches a leaf."""
        legal_basis = _BY_REQUIREMENT if self.by_requirement else self.basis.legal_basis
        return {
            "matter": self.basis.matter,
            "legal_basis": legal_basis,
            "on_record": legal_basis in _legal_bases(state.register.matters.get(self.basis.matter)),
            **(self.target.context if self.target else {}),
        }

    def why_not(self, state: NodeState, requester: Requester, forbidding: frozenset[str]) -> Refusal:
        """The matter or its legal basis is not on record, or what the target says."""
        if self.target is not None:
            return self.target.why_not(state, requester, self.action, forbidding)
        if self.context(state)["on_record"]:
            return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
        if self.basis.matter not in state.register.matters:
            return Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "basis.matter")
        detail = f"not a legal basis of {self.basis.matter}"
        return Refusal(Reason.LEGAL_BASIS_MISMATCH, detail, "basis.legal_basis")

    def refusal_of(self, error: Exception) -> Refusal:
        """The refusal of an act that failed, by its reason; without details where it is not known."""
        unknown, changed = _REASONS[self.register]
        match error:
            case RuleError():
                return invalid(error)
            case ConflictError():
                return Refusal(changed, str(error), "revision")
            case IllegalTransitionError():
                return Refusal(Reason.ILLEGAL_TRANSITION, str(error))
            case FourEyesError():
                return Refusal(Reason.FOUR_EYES, str(error), "basis.officer")
            case NotOnRecordError():
                return Refusal(unknown, str(error))
        return failed(error)

    def refused(
        self, requester: Requester | Refusal, refusal: Refusal, register: Register, pseudonyms: Pseudonyms
    ) -> Entry:
        """The entry of a refusal; names only what is on record."""
        known = isinstance(requester, Requester)
        facts = ActFacts(
            kind=self.action,
            decision=refusal.reason.decision,
            reason=refusal.reason.name,
            agency=requester.agency.uscc if isinstance(requester, Requester) else "",
            system=requester.system.id if isinstance(requester, Requester) else "",
            object=self.item if self.item in register.seals else "",
            dataset=f"license.{self.type}" if self.type in register.license_types else "",
            matter=self.basis.matter if self.basis.matter in register.matters else "",
            subjects=len(self.subjects),
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
    """The entry of an act that was done.

    ``result`` is its outcome's name, ``digest`` the envelope's, ``row`` the register's row as the act leaves it.
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
    reason = act.reason or act.basis.matter  # nothing is done without a reason; the matter is one
    values = subject, act.basis.officer, act.basis.case, reason
    return Opening(*[value[:_MAX_OPENED] for value in values])
