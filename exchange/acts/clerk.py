"""A clerk does acts on behalf of whoever holds a certificate: what is refused is refused in words, and on the record.

Desks are clerks: one for licenses, one for seals, one for documents.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

from exchange.acts.entries import Act, refused
from exchange.acts.failures import failed
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.requester import Requester
from exchange.query.pipeline import Exchange
from registry.agencies import Duty
from registry.basis import Basis
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Pseudonyms
from registry.ledger.recorder import Recorder
from registry.register import Register
from registry.transitions import ConflictError, FourEyesError, IllegalTransitionError

T = TypeVar("T")


class RefusedError(Exception):
    """Carries a refusal out of an act."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


class Clerk:
    """What all desks have in common."""

    unknown: ClassVar[Reason]
    """Why something is refused that is not on record."""
    changed: ClassVar[Reason]
    """Why something is refused that another changed meanwhile."""
    works_on: ClassVar[str]
    """The register that its acts are about, as entries name it."""

    def __init__(self, exchange: Exchange, ledger: Recorder, pseudonyms: Pseudonyms) -> None:
        self.exchange = exchange
        self.ledger = ledger
        self.pseudonyms = pseudonyms

    @property
    def register(self) -> Register:
        """The register as it stands; empty while it is in doubt."""
        return self.exchange.register

    async def act(
        self,
        certificate: bytes,
        act: Act,
        work: Callable[[Requester], Awaitable[T | Refusal]],
        duty: Duty | None = Duty.REQUEST,
    ) -> T | Refusal:
        """Do something on behalf of whoever holds a certificate; what fails is refused in words, and on the record."""
        requester = self.exchange.requester(certificate, duty)
        outcome: T | Refusal
        if isinstance(requester, Refusal):
            outcome = requester
        elif act.basis.missing:
            field = f"basis.{act.basis.missing}"
            outcome = Refusal(Reason.BASIS_MISSING, f"{field}: nothing is done without a basis", field)
        elif unfounded := self._unfounded(act.basis):
            outcome = unfounded
        else:
            try:
                outcome = await work(requester)
            except Exception as error:  # noqa: BLE001  # each is refused by its reason; what is unknown, without details
                outcome = self._refusal_of(error)
        return await self.refuse(certificate, act, outcome) if isinstance(outcome, Refusal) else outcome

    async def refuse(self, certificate: bytes, act: Act, refusal: Refusal) -> Refusal:
        """Put a refusal on the record, then give it back. The ledger's own failure is told in its place."""
        requester = self.exchange.requester(certificate, None)
        return await self.exchange.put_on_record(
            certificate, refusal, lambda: refused(requester, act, refusal, self.register, self.pseudonyms)
        )

    def _unfounded(self, basis: Basis) -> Refusal | None:
        """Why a basis is none: only what is on record is a basis, and only what is on record reaches a leaf."""
        if long := basis.too_long:
            return Refusal(Reason.INVALID_REQUEST, f"basis.{long}: too long", f"basis.{long}")
        matter = self.register.matters.get(basis.matter)
        if matter is None:
            return Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "basis.matter")
        if basis.legal_basis not in {item.legal_basis for item in matter.requirements}:
            detail = f"not a legal basis of {matter.id}"
            return Refusal(Reason.LEGAL_BASIS_MISMATCH, detail, "basis.legal_basis")
        return None

    def _refusal_of(self, error: Exception) -> Refusal:
        match error:
            case RefusedError():
                return error.refusal
            case RuleError():
                return invalid(error)
            case ConflictError():
                return Refusal(self.changed, str(error), "revision")
            case IllegalTransitionError():
                return Refusal(Reason.ILLEGAL_TRANSITION, str(error))
            case FourEyesError():
                return Refusal(Reason.FOUR_EYES, str(error), "basis.officer")
            case NotOnRecordError():
                return Refusal(self.unknown, str(error))
        return failed(error)
