"""E-seals, applications for them, and the choice of an agency's seal."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from keys.printable import is_printable
from registry.errors import RuleError
from registry.seals.kinds import KINDS, SealKind, TargetKind
from registry.seals.states import SealState

MAX_YEARS = 10
_MAX_NAME, MAX_HOLDER = 60, 20
_DEDICATED = {
    TargetKind.LICENSE: SealKind.LICENSE,
    TargetKind.STATUS_LIST: SealKind.LICENSE,
    TargetKind.ANSWER: SealKind.EXCHANGE,
}
Made = tuple[str, SealKind | None]
"""An agency, and a kind of seal that it has had made."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application; ``holder`` is the person named on a name seal, ``custodian`` keeps the seal."""

    agency: str
    kind: SealKind
    name: str
    holder: str = ""
    years: int = 3
    custodian: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """An e-seal; keys are given by name only, certificates in DER, empty until the seal is made.

    ``key_name`` signs answers, licenses and PDFs (P-256), ``national_key_name`` signs as in the national standard
    (SM2); ``eseal`` is the SESeal. ``applied_by``, ``approved_by`` and ``made_by`` are three different persons.
    """

    id: str
    agency: str
    kind: SealKind
    name: str
    state: SealState
    revision: int = 1
    holder: str = ""
    years: int = 3
    applied_by: str = ""
    approved_by: str = ""
    made_by: str = ""
    why: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    key_name: str = ""
    certificate: bytes = b""
    national_key_name: str = ""
    national_certificate: bytes = b""
    eseal: bytes = b""
    picture: bytes = b""
    custodian: str = ""


def check_application(found: Application, agency: str) -> Application:
    """Check an application, and return it; without a name, the seal has those of its ``agency`` and kind.

    Raises:
        RuleError: names the field and the rule.
    """
    name = found.name.strip() or agency + ("" if found.kind is SealKind.OFFICIAL else KINDS[found.kind].title)
    holder, custodian = found.holder.strip(), found.custodian.strip()
    for field, text, longest in (
        ("name", name, _MAX_NAME), ("holder", holder, MAX_HOLDER), ("custodian", custodian, MAX_HOLDER),
    ):  # fmt: skip
        if len(text) > longest or not is_printable(text):
            raise RuleError(field, f"at most {longest} printable characters")
    if KINDS[found.kind].personal != bool(holder):
        rule = (
            "the person's name is required on a name seal" if not holder else "only a name seal bears a person's name"
        )
        raise RuleError("holder", rule)
    if not 1 <= found.years <= MAX_YEARS:
        raise RuleError("years", f"1 to {MAX_YEARS}")
    if not custodian:
        raise RuleError("custodian", "who keeps the seal is required")
    return Application(found.agency, found.kind, name, holder, found.years, custodian)


def seal_for(seals: Iterable[Seal], made: Container[Made], agency: str, kind: TargetKind) -> Seal | None:
    """Return the seal for an agency's answers, licenses or status lists.

    ``seals`` are those in force, oldest first; of equal ones, the newest is chosen. If a seal for licenses was ever
    ``made``, no other kind replaces it while it is out of use. Status lists must not stop, so any permitted seal signs
    them.
    """
    fitting = [seal for seal in seals if seal.agency == agency and kind in KINDS[seal.kind].target_kinds]
    wanted = _DEDICATED.get(kind)
    dedicated = [seal for seal in fitting if seal.kind is wanted]
    if not dedicated and kind is not TargetKind.STATUS_LIST and (agency, wanted) in made:
        return None
    return next(reversed(dedicated or fitting), None)
