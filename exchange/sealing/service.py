"""Acts on the register of seals: application, approval, making, transfer; each with its entry."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import asyncpg
import structlog

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.acts.road import Road
from exchange.sealing.access import UNKNOWN, over_all_seals, over_seal
from exchange.sealing.store import Actor, SealStore
from keys.printable import is_printable
from registry.errors import RuleError
from registry.ledger.leaf import Entry
from registry.register import Register
from registry.seals import records
from registry.seals.seal import Application, Seal
from registry.seals.states import SealChange
from registry.transitions import ConflictError

log = structlog.get_logger(__name__)

_MAX_OFFICER = 100


Step = Callable[[Actor, Seal, Register], Awaitable[Seal]]
"""A change of a seal by an actor, given the registers by which it is permitted."""


class SealService:
    """Performs acts on the register of seals."""

    def __init__(
        self, road: Road, store: SealStore, pool: asyncpg.Pool, publish: Callable[[], Awaitable[None]]
    ) -> None:
        """Create the service; ``publish`` writes the revocation lists after a seal is destroyed."""
        self.road = road
        self.pool = pool
        self._store = store
        self._publish = publish

    async def apply(self, call: Call, act: RegisterAct, application: Application) -> Seal | Refusal:
        """Apply for a seal of one's own agency."""

        async def work(permit: Permit[RegisterAct]) -> Seal:
            requester = permit.requester
            wanted = replace(application, agency=requester.agency.uscc)
            return await self._store.apply(self._actor(permit), wanted, requester.agency)

        return await perform(self.road, call, act, work)

    async def change(self, call: Call, act: RegisterAct, revision: int, change: SealChange, why: str) -> Seal | Refusal:
        """Approve, refuse, suspend, resume or destroy a seal."""

        async def work(actor: Actor, seal: Seal, _register: Register) -> Seal:
            changed = await self._store.change(actor, seal, change, why)
            if change is SealChange.DESTROY:
                try:
                    await self._publish()
                except Exception as error:  # noqa: BLE001  # it is destroyed, and the node's job publishes again
                    log.error("revocations.not_published", error=type(error).__name__)
            return changed

        return await self._step(call, act, revision, work)

    async def hand_over(self, call: Call, act: RegisterAct, revision: int, custodian: str, why: str) -> Seal | Refusal:
        """Transfer a seal of one's own agency to another custodian."""

        async def work(actor: Actor, seal: Seal, _register: Register) -> Seal:
            return await self._store.hand_over(actor, seal, custodian, why)

        return await self._step(call, act, revision, work)

    async def make(self, call: Call, act: RegisterAct, revision: int) -> Seal | Refusal:
        """Make an approved seal."""

        async def work(actor: Actor, seal: Seal, register: Register) -> Seal:
            return await self._store.make(actor, seal, register.agencies[seal.agency])

        return await self._step(call, act, revision, work)

    async def get(self, call: Call, act: RegisterAct) -> Seal | Refusal:
        """Return a seal, for its agency and for the authority."""

        async def work(permit: Permit[RegisterAct]) -> Seal | Refusal:
            known = await self._known(permit)
            if not isinstance(known, Refusal):
                await self.road.ledger.record(self.entry(permit.requester, act, "READ", known))
            return known

        return await perform(self.road, call, act, work)

    async def list(self, call: Call, act: RegisterAct, after: str, limit: int) -> Sequence[Seal] | Refusal:
        """Return one's own seals after an id, or all seals for the authority."""

        async def work(permit: Permit[RegisterAct]) -> Sequence[Seal]:
            everyone = isinstance(over_all_seals(permit), Permit)
            agency = "" if everyone else permit.requester.agency.uscc
            async with self.pool.acquire() as connection:
                found = await records.list_seals(connection, agency, after, limit)
            await self.road.ledger.record(permit_entry(permit.requester, act, "LISTED", "", "", self.road.pseudonyms))
            return found

        return await perform(self.road, call, act, work)

    def entry(self, requester: Requester, act: RegisterAct, result: str, seal: Seal, digest: str = "") -> Entry:
        """Return the ledger entry of an act on a seal; ``digest`` is of what was sealed."""
        return permit_entry(requester, replace(act, item=seal.id), result, digest, seal.agency, self.road.pseudonyms)

    async def _step(self, call: Call, act: RegisterAct, revision: int, work: Step) -> Seal | Refusal:
        """Change the seal that an act names, at the revision that the actor has seen."""

        async def step(permit: Permit[RegisterAct]) -> Seal | Refusal:
            actor = self._actor(permit)
            known = await self._known(permit, actor.person)
            if isinstance(known, Refusal):
                return known
            if known.revision != revision:
                raise ConflictError("seal", known.revision)
            return await work(actor, known, permit.state.register)

        return await perform(self.road, call, act, step)

    async def _known(self, permit: Permit[RegisterAct], person: str = "") -> Seal | Refusal:
        """Return the seal that an act names, if the act, or the step of a person, is permitted."""
        async with self.pool.acquire() as connection:
            found = await records.get_seal(connection, permit.act.item)
        if found is None:
            return UNKNOWN
        over = over_seal(permit, found, person)
        return over if isinstance(over, Refusal) else found

    def _actor(self, permit: Permit[RegisterAct]) -> Actor:
        requester, act = permit.requester, permit.act
        officer = act.basis.officer.strip()
        if len(officer) > _MAX_OFFICER or not is_printable(officer):
            raise RuleError("basis.officer", f"at most {_MAX_OFFICER} printable characters")
        person = f"{requester.id}/{officer}"
        return Actor(person, lambda result, seal: self.entry(requester, act, result, seal))


@dataclass(frozen=True, slots=True)
class Sealed:
    """The SES_Signature (DER), the receipt of the use, and the sealed PDF, if any."""

    signature: bytes
    receipt: str
    pdf: bytes = b""
