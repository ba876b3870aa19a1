"""Acts on the registers: what someone does with licenses, seals and documents, and what the ledger says of it.

A leaf names what was signed by its digest; who it is about, and why it was done, stands in the opening.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.acts.refusals import Refusal
from exchange.acts.requester import Requester
from registry.basis import Basis
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.register import Register

_MAX_OPENED = 400


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done: what, why, with which item, and about whom.

    ``type`` is a license type's id, ``item`` the id of a seal or document; ``subjects`` are ``kind:identifier``, a
    license's own among them; ``reason`` is in the officer's words.
    """

    action: str
    basis: Basis
    type: str = ""
    subjects: Sequence[str] = ()
    reason: str = ""
    register: str = "license"
    item: str = ""


def done(requester: Requester, act: Act, result: str, digest: str, source: str, pseudonyms: Pseudonyms) -> Entry:
    """The entry of an act: ``result`` is its outcome's name, ``digest`` the envelope's."""
    facts = {
        "kind": f"{act.register}.{act.action}",
        "decision": "permit",
        "reason": result,
        "agency": requester.agency.uscc,
        "system": requester.system.id,
        "source": source,
        "object": act.item,
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
        "kind": f"{act.register}.{act.action}",
        "decision": refusal.reason.decision,
        "reason": refusal.reason.name,
        "agency": requester.agency.uscc if isinstance(requester, Requester) else "",
        "system": requester.system.id if isinstance(requester, Requester) else "",
        "dataset": f"license.{act.type}" if act.type in register.license_types else "",
        "object": act.item if act.item in register.seals else "",
        "matter": act.basis.matter if act.basis.matter in register.matters else "",
        "subjects": len(act.subjects),
    }
    return Entry(facts, _opening(act), pseudonyms.of_all(act.subjects) if known else ())


def _opening(act: Act) -> Opening:
    subject = act.subjects[0] if act.subjects else ""
    reason = act.reason or act.basis.matter  # nothing is done without a reason; the matter is one
    values = subject, act.basis.officer, act.basis.case, reason
    return Opening(*[value[:_MAX_OPENED] for value in values])
