"""A seal on record, the application for one, and which seal is put on what."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from keys.printable import is_printable
from registry.errors import RuleError
from registry.seals.kinds import KINDS, SealKind, TargetKind
from registry.seals.life import SealState

MAX_YEARS = 10
_MAX_NAME, MAX_HOLDER = 60, 20
_DEDICATED = {
    TargetKind.LICENSE: SealKind.LICENSE,
    TargetKind.STATUS_LIST: SealKind.LICENSE,
    TargetKind.ANSWER: SealKind.EXCHANGE,
}
Made = tuple[str, SealKind | None]
"""An agency, and a kind of which it once had a seal made."""


@dataclass(frozen=True, slots=True)
class Application:
    """What an agency applies for. ``holder`` is the person whose name a name seal bears, ``custodian`` who keeps it."""

    agency: str
    kind: SealKind
    name: str
    holder: str = ""
    years: int = 3
    custodian: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """An e-seal. Keys are named, never held here; certificates are DER, empty until the seal is made.

    ``key_name`` signs answers, licenses and PDFs (P-256), ``national_key_name`` signs as the national standard has it
    (SM2); ``eseal`` is the SESeal. ``applied_by``, ``approved_by`` and ``made_by`` are three people.
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

    def in_force(self, at: datetime) -> bool:
        """Whether it may seal at a time (aware)."""
        if self.state is not SealState.ACTIVE:
            return False
        return self.valid_to is None or (self.valid_from is not None and self.valid_from <= at < self.valid_to)


def check_application(found: Application) -> Application:
    """The application, if it holds.

    Raises:
        RuleError: names the field and the rule.
    """
    name, holder, custodian = found.name.strip(), found.holder.strip(), found.custodian.strip()
    for field, text, longest in (
        ("name", name, _MAX_NAME), ("holder", holder, MAX_HOLDER), ("custodian", custodian, MAX_HOLDER),
    ):  # fmt: skip
        if len(text) > longest or not is_printable(text):
            raise RuleError(field, f"at most {longest} printable characters")
    if not name:
        raise RuleError("name", "what the seal says is required")
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
    """The seal with which an agency's answers, licenses or status lists are sealed.

    ``seals`` are those in force, oldest first; of two that are alike the newest is taken. Once a seal for licenses was
    ``made``, no other takes its place when it is out of use; a status list must go on, so any that may seals it.
    """
    fitting = [seal for seal in seals if seal.agency == agency and kind in KINDS[seal.kind].target_kinds]
    wanted = _DEDICATED.get(kind)
    dedicated = [seal for seal in fitting if seal.kind is wanted]
    if not dedicated and kind is not TargetKind.STATUS_LIST and (agency, wanted) in made:
        return None
    return next(reversed(dedicated or fitting), None)
