"""The seal desk: applications, approval, making, rules, and who may know of a seal; every act on the record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import asyncpg
import structlog

from exchange.acts.clerk import Clerk, RefusedError
from exchange.acts.entries import Act, done
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.query.pipeline import Exchange
from exchange.sealing.access import SealAccess
from exchange.sealing.office import Actor, SealOffice
from keys.printable import is_printable
from registry.agencies import Duty
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Entry, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.register import Register
from registry.seals import records
from registry.seals.life import SealChange, SealRole
from registry.seals.seal import Application, Seal

log = structlog.get_logger(__name__)

_PAGE, _MAX_OFFICER = 100, 100


class SealDesk(Clerk):
    """Acts on the register of seals."""

    unknown, changed, works_on = Reason.SEAL_UNKNOWN, Reason.SEAL_CHANGED, "seal"

    def __init__(
        self,
        exchange: Exchange,
        ledger: Recorder,
        office: SealOffice,
        pool: asyncpg.Pool,
        pseudonyms: Pseudonyms,
        publish: Callable[[], Awaitable[None]],
    ) -> None:
        """``publish`` writes the revocation lists anew, after a seal is destroyed."""
        super().__init__(exchange, ledger, pseudonyms)
        self.pool = pool
        self._office = office
        self._publish = publish
        self.access = SealAccess(Register())

    async def apply(self, certificate: bytes, act: Act, application: Application) -> Seal | Refusal:
        """Apply for a seal of one's own agency."""

        async def work(requester: Requester) -> Seal:
            wanted = replace(application, agency=requester.agency.uscc)
            return await self._office.apply(self._actor(requester, act), wanted, requester.agency.region)

        return await self.act(certificate, act, work)

    async def change(self, certificate: bytes, act: Act, revision: int, change: SealChange, why: str) -> Seal | Refusal:
        """Approve, refuse, suspend, resume or destroy a seal."""

        async def work(requester: Requester) -> Seal:
            await self._known(requester, act.item)
            found = await self._office.change(self._actor(requester, act), act.item, revision, change, why)
            if change is SealChange.DESTROY:
                try:
                    await self._publish()
                except Exception as error:  # noqa: BLE001  # it is destroyed, and its keeper publishes again
                    log.error("revocations.not_published", error=type(error).__name__)
            return found

        return await self.act(certificate, act, work, None)

    async def hand_over(self, certificate: bytes, act: Act, revision: int, custodian: str, why: str) -> Seal | Refusal:
        """Give a seal of one's own agency into another's keeping."""

        async def work(requester: Requester) -> Seal:
            await self._known(requester, act.item)
            return await self._office.hand_over(self._actor(requester, act), act.item, revision, custodian, why)

        return await self.act(certificate, act, work, None)

    async def make(self, certificate: bytes, act: Act, revision: int) -> Seal | Refusal:
        """Make an approved seal."""

        async def work(requester: Requester) -> Seal:
            found = await self._known(requester, act.item)
            agency = self.register.agencies[found.agency]
            return await self._office.make(self._actor(requester, act), found.id, revision, agency)

        return await self.act(certificate, act, work, Duty.ADMINISTER)

    async def get(self, certificate: bytes, act: Act) -> Seal | Refusal:
        """A seal, for its agency and for the authority."""

        async def work(requester: Requester) -> Seal:
            found = await self._known(requester, act.item)
            await self.ledger.record(self.entry(requester, act, "READ", found))
            return found

        return await self.act(certificate, act, work, None)

    async def list(self, certificate: bytes, act: Act, after: str) -> Sequence[Seal] | Refusal:
        """A page of one's own seals; of all, for the authority."""

        async def work(requester: Requester) -> Sequence[Seal]:
            agency = "" if self._role(requester) is SealRole.AUTHORITY else requester.agency.uscc
            async with self.pool.acquire() as connection:
                found = await records.list_seals(connection, agency, after, _PAGE)
            await self.ledger.record(done(requester, act, "LISTED", "", "", self.pseudonyms))
            return found

        return await self.act(certificate, act, work, None)

    def entry(self, requester: Requester, act: Act, result: str, seal: Seal, digest: str = "") -> Entry:
        """The entry of an act on a seal; ``digest`` is of what was sealed."""
        return done(requester, replace(act, item=seal.id), result, digest, seal.agency, self.pseudonyms)

    async def _known(self, requester: Requester, seal: str) -> Seal:
        async with self.pool.acquire() as connection:
            found = await records.get_seal(connection, seal)
        if found is None or (self._role(requester) is SealRole.OWNER and found.agency != requester.agency.uscc):
            raise NotOnRecordError("seal: no such seal of this agency")
        return found

    def _actor(self, requester: Requester, act: Act) -> Actor:
        officer = act.basis.officer.strip()
        if len(officer) > _MAX_OFFICER or not is_printable(officer):
            raise RuleError("basis.officer", f"at most {_MAX_OFFICER} printable characters")
        person = f"{requester.agency.uscc}:{officer}"
        return Actor(person, self._role(requester), lambda result, seal: self.entry(requester, act, result, seal))

    def _role(self, requester: Requester) -> SealRole:
        match requester.system.duty:
            case Duty.ADMINISTER:
                return SealRole.AUTHORITY
            case Duty.REQUEST:
                return SealRole.OWNER
        detail = f"the system has the duty to {requester.system.duty.value}, which is apart from seals"
        raise RefusedError(Refusal(Reason.DUTY_MISSING, detail))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing gives: the SES_Signature (DER), the receipt of the use, and where it is one the sealed PDF."""

    signature: bytes
    receipt: str
    pdf: bytes = b""
