"""The seal desk: applications, approval, making, rules, and who may know of a seal; every act on the record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import asyncpg
import structlog

from exchange.acts.act import Permit
from exchange.acts.call import Call
from exchange.acts.failures import RefusedError
from exchange.acts.perform import perform
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.acts.road import Road
from exchange.acts.state import NodeState, known_state
from exchange.sealing.office import Actor, SealOffice
from keys.printable import is_printable
from registry.agencies import Duty
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Entry
from registry.seals import records
from registry.seals.life import SealChange, SealRole
from registry.seals.seal import Application, Seal

log = structlog.get_logger(__name__)

_MAX_OFFICER = 100


class SealDesk:
    """Acts on the register of seals."""

    def __init__(
        self, road: Road, office: SealOffice, pool: asyncpg.Pool, publish: Callable[[], Awaitable[None]]
    ) -> None:
        """``publish`` writes the revocation lists, after a seal is destroyed."""
        self.road = road
        self.pool = pool
        self._office = office
        self._publish = publish

    @property
    def state(self) -> NodeState:
        """The node's state; raises ``RefusedError`` while it is in doubt."""
        return known_state(self.road.state)

    async def apply(self, call: Call, act: RegisterAct, application: Application) -> Seal | Refusal:
        """Apply for a seal of one's own agency."""

        async def work(permit: Permit[RegisterAct]) -> Seal:
            requester = permit.requester
            wanted = replace(application, agency=requester.agency.uscc)
            return await self._office.apply(self._actor(requester, act), wanted, requester.agency.region)

        return await perform(self.road, call, act, work)

    async def change(self, call: Call, act: RegisterAct, revision: int, change: SealChange, why: str) -> Seal | Refusal:
        """Approve, refuse, suspend, resume or destroy a seal."""

        async def work(permit: Permit[RegisterAct]) -> Seal:
            requester = permit.requester
            await self._known(requester, act.item)
            found = await self._office.change(self._actor(requester, act), act.item, revision, change, why)
            if change is SealChange.DESTROY:
                try:
                    await self._publish()
                except Exception as error:  # noqa: BLE001  # it is destroyed, and its keeper publishes again
                    log.error("revocations.not_published", error=type(error).__name__)
            return found

        return await perform(self.road, call, act, work)

    async def hand_over(self, call: Call, act: RegisterAct, revision: int, custodian: str, why: str) -> Seal | Refusal:
        """Give a seal of one's own agency into another's keeping."""

        async def work(permit: Permit[RegisterAct]) -> Seal:
            requester = permit.requester
            await self._known(requester, act.item)
            return await self._office.hand_over(self._actor(requester, act), act.item, revision, custodian, why)

        return await perform(self.road, call, act, work)

    async def make(self, call: Call, act: RegisterAct, revision: int) -> Seal | Refusal:
        """Make an approved seal."""

        async def work(permit: Permit[RegisterAct]) -> Seal:
            requester = permit.requester
            found = await self._known(requester, act.item)
            agency = self.state.register.agencies[found.agency]
            return await self._office.make(self._actor(requester, act), found.id, revision, agency)

        return await perform(self.road, call, act, work)

    async def get(self, call: Call, act: RegisterAct) -> Seal | Refusal:
        """A seal, for its agency and for the authority."""

        async def work(permit: Permit[RegisterAct]) -> Seal:
            requester = permit.requester
            found = await self._known(requester, act.item)
            await self.road.ledger.record(self.entry(requester, act, "READ", found))
            return found

        return await perform(self.road, call, act, work)

    async def list(self, call: Call, act: RegisterAct, after: str, limit: int) -> Sequence[Seal] | Refusal:
        """One's own seals after an id; of all, for the authority."""

        async def work(permit: Permit[RegisterAct]) -> Sequence[Seal]:
            requester = permit.requester
            agency = "" if self._role(requester) is SealRole.AUTHORITY else requester.agency.uscc
            async with self.pool.acquire() as connection:
                found = await records.list_seals(connection, agency, after, limit)
            await self.road.ledger.record(permit_entry(requester, act, "LISTED", "", "", self.road.pseudonyms))
            return found

        return await perform(self.road, call, act, work)

    def entry(self, requester: Requester, act: RegisterAct, result: str, seal: Seal, digest: str = "") -> Entry:
        """The entry of an act on a seal; ``digest`` is of what was sealed."""
        return permit_entry(requester, replace(act, item=seal.id), result, digest, seal.agency, self.road.pseudonyms)

    async def _known(self, requester: Requester, seal: str) -> Seal:
        async with self.pool.acquire() as connection:
            found = await records.get_seal(connection, seal)
        if found is None or (self._role(requester) is SealRole.OWNER and found.agency != requester.agency.uscc):
            raise NotOnRecordError("seal: no such seal of this agency")
        return found

    def _actor(self, requester: Requester, act: RegisterAct) -> Actor:
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
