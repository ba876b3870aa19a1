"""A seal on record, the application for one, and which seal goes on what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from registry.errors import RuleError
from registry.seals.kinds import KINDS, SealedKind, SealKind
from registry.seals.life import SealState

MAX_YEARS = 10
_MAX_NAME, _MAX_HOLDER = 60, 20
_DEDICATED = {SealedKind.LICENSE: SealKind.LICENSE, SealedKind.ANSWER: SealKind.EXCHANGE}


@dataclass(frozen=True, slots=True)
class Application:
    """What an agency applies for. ``holder`` is the person whose name a name seal bears."""

    agency: str
    kind: SealKind
    name: str
    holder: str = ""
    years: int = 3


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
    name, holder = found.name.strip(), found.holder.strip()
    for field, text, longest in (("name", name, _MAX_NAME), ("holder", holder, _MAX_HOLDER)):
        if len(text) > longest or not text.isprintable():
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
    return Application(found.agency, found.kind, name, holder, found.years)


def seal_for(seals: Iterable[Seal], agency: str, kind: SealedKind) -> Seal | None:
    """The seal with which an agency's answers or licenses are sealed: one made for them before one that also may.

    ``seals`` come oldest first; of two that are alike the newest is taken.
    """
    fitting = [seal for seal in seals if seal.agency == agency and kind in KINDS[seal.kind].goes_on]
    dedicated = [seal for seal in fitting if seal.kind is _DEDICATED.get(kind)]
    return next(reversed(dedicated or fitting), None)
