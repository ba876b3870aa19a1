"""What the ledger says about licenses. A leaf names the envelope by its digest; who holds it stands in the opening."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exchange.question import Basis
from exchange.refusal import Refusal
from exchange.requester import Requester
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.licenses.license import Draft, License
from registry.licenses.types import SUBJECT_KINDS
from registry.register import Register

_MAX_OPENED = 400


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done with licenses: what, why, of which type, and about whom.

    ``subjects`` are ``kind:identifier``, the license's own among them; ``reason`` is in the officer's words.
    """

    action: str
    basis: Basis
    type: str = ""
    subjects: Sequence[str] = ()
    reason: str = ""


def about(act: Act, item: Draft | License, identifier: str = "") -> Act:
    """The act, told of one license: its type, its holders and itself."""
    own = item.identifier if isinstance(item, License) else identifier
    subjects = [f"{SUBJECT_KINDS.get(one.kind, one.kind.value)}:{one.code}" for one in item.holders]
    return replace(act, type=item.type, subjects=[*subjects, f"license_identifier:{own}"])


def done(requester: Requester, act: Act, result: str, digest: str, source: str, pseudonyms: Pseudonyms) -> Entry:
    """The entry of an act: ``result`` is its outcome's name, ``digest`` the envelope's."""
    facts = {
        "kind": f"license.{act.action}",
        "decision": "permit",
        "reason": result,
        "agency": requester.agency.uscc,
        "system": requester.system.id,
        "source": source,
        "dataset": f"license.{act.type}" if act.type else "",
        "matter": act.basis.matter,
        "basis": act.basis.legal_basis,
        "answer": digest,
        "subjects": len(act.subjects),
    }
    return Entry(facts, _opening(act), pseudonyms.of_all(act.subjects))


def refused(
    requester: Requester | Refusal, act: Act, refusal: Refusal, register: Register, pseudonyms: Pseudonyms
) -> Entry:
    """The entry of a refusal. Only what is on record is named in it."""
    known = isinstance(requester, Requester)
    facts = {
        "kind": f"license.{act.action}",
        "decision": refusal.reason.decision,
        "reason": refusal.reason.name,
        "agency": requester.agency.uscc if isinstance(requester, Requester) else "",
        "system": requester.system.id if isinstance(requester, Requester) else "",
        "dataset": f"license.{act.type}" if act.type in register.license_types else "",
        "matter": act.basis.matter if act.basis.matter in register.matters else "",
        "subjects": len(act.subjects),
    }
    return Entry(facts, _opening(act), pseudonyms.of_all(act.subjects) if known else ())


def _opening(act: Act) -> Opening:
    subject = act.subjects[0] if act.subjects else ""
    return Opening(
        subject[:_MAX_OPENED], act.basis.officer[:_MAX_OPENED], act.basis.case[:_MAX_OPENED], act.reason[:_MAX_OPENED]
    )
