"""Review of licenses: those whose facts their sources no longer confirm are suspended or flagged."""

import asyncio
from dataclasses import dataclass, replace

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.licensing.access import over_license, over_type
from exchange.licensing.entries import about
from exchange.licensing.filling import basis_for
from exchange.licensing.service import LicenseService
from exchange.query.pipeline import Answered, Exchange
from exchange.query.question import Question
from keys.sdjwt import SdJwt
from registry.claims import Claim, Operator
from registry.licenses import records
from registry.licenses.license import Fact, License
from registry.licenses.states import Change
from registry.licenses.types import OnSourceChange
from registry.matters import Mode
from registry.outcomes import Outcome
from registry.transitions import ConflictError, IllegalTransitionError

_PAGE = 200
"""Licenses reviewed together, whose queries share look-ups and commits."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The result: identifiers of licenses suspended, flagged, and undecided for lack of a source."""

    reviewed: int
    suspended: tuple[str, ...]
    flagged: tuple[str, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Round:
    """One review: the call, the permit for the type's licenses, and the digest of the request."""

    call: Call
    permit: Permit[RegisterAct]
    digest: str


class Review:
    """Queries sources again, on the issuer's behalf, for the facts of licenses."""

    def __init__(self, service: LicenseService, exchange: Exchange) -> None:
        self._service = service
        self._exchange = exchange

    async def review(self, call: Call, act: RegisterAct, digest: str) -> Reviewed | Refusal:
        """Query the facts of an issuer's valid licenses of a type again; suspend or flag unconfirmed ones."""

        async def work(permit: Permit[RegisterAct]) -> Reviewed | Refusal:
            over = over_type(permit, act.type)
            if isinstance(over, Refusal):
                return over
            agency, round_ = permit.requester.agency.uscc, _Round(call, over, digest)
            found: dict[str, list[str]] = {"suspended": [], "flagged": [], "undecided": []}
            after, count = "", 0
            while True:
                async with self._service.pool.acquire() as connection:
                    page = await records.resting_on(connection, agency, act.type, after, _PAGE)
                if not page:
                    break
                after, count = page[-1].identifier, count + len(page)
                work = [self._reviewed(round_, item) for item in page]
                outcomes = await asyncio.gather(*work, return_exceptions=True)  # no task outlives this one
                for item, outcome in zip(page, outcomes, strict=True):
                    if isinstance(outcome, BaseException):
                        raise outcome
                    if outcome:
                        found[outcome].append(item.identifier)
            await self._service.record(permit.requester, act, [], "REVIEWED")
            return Reviewed(count, *(tuple(found[name]) for name in ("suspended", "flagged", "undecided")))

        return await perform(self._service.road, call, act, work)

    async def _reviewed(self, round_: _Round, item: License) -> str:
        """Review one license; one that was changed meanwhile is left to the next review."""
        try:
            return await self._review(round_, item)
        except (ConflictError, IllegalTransitionError):
            return "undecided"

    async def _review(self, round_: _Round, item: License) -> str:
        """Return the result for a license: suspended, flagged, undecided or none; remove outdated flags."""
        undecided = False
        for fact in item.facts:
            answered = await self._ask_again(round_, fact)
            if isinstance(answered, Refusal):
                undecided = True
                continue
            findings = answered.result.outcomes[0]
            outcomes = {item.outcome for item in findings}
            none = all(item.reason and item.reason.is_fact for item in findings)
            if Outcome.MISMATCH in outcomes or none:  # the source contradicts it, or has no record
                evidence = SdJwt.parse(answered.answer).jwt_digest
                reason = f"{fact.dataset} no longer says what this license rests on; evidence {evidence}"
                return await self._suspend_or_flag(round_, item, reason)
            undecided |= Outcome.UNKNOWN in outcomes
        if undecided:
            return "undecided"
        return await self._flag(round_, item, "") if item.flag else ""

    async def _suspend_or_flag(self, round_: _Round, item: License, reason: str) -> str:
        """Suspend or flag a license, as its type demands; "undecided" if that is not permitted."""
        kind = round_.permit.state.register.license_types[item.type]
        if kind.on_source_change is OnSourceChange.SUSPEND:
            permit = await self._over(round_, item, "suspend")
            if permit is None:
                return "undecided"
            act = replace(permit.act, reason=reason)
            await self._service.store.change(permit.requester, act, item, Change.SUSPEND)
            return "suspended"
        if not item.flag:
            return await self._flag(round_, item, reason)
        return "flagged"

    async def _flag(self, round_: _Round, item: License, reason: str) -> str:
        permit = await self._over(round_, item, "review")
        if permit is None:
            return "undecided"
        await self._service.store.flag(permit.requester, replace(permit.act, reason=reason), item)
        return "flagged" if reason else ""

    async def _over(self, round_: _Round, item: License, name: str) -> Permit[RegisterAct] | None:
        """Return the permit of what a review does to a license; a refusal is recorded."""
        over = over_license(round_.permit, item, name=name)
        if not isinstance(over, Refusal):
            return over
        road = self._service.road
        await road.refuse(road.caller(round_.call), about(replace(round_.permit.act, name=name), item), over)
        return None

    async def _ask_again(self, round_: _Round, fact: Fact) -> Answered | Refusal:
        claims = tuple(Claim(name, Operator.EQ, (value,)) for name, value in fact.values.items())
        basis = basis_for(round_.permit.state.register, fact.dataset, round_.permit.act.basis)
        question = Question(
            Mode.VERIFY, basis, fact.dataset, fact.subject_kind, (fact.subject,), claims=claims, digest=round_.digest
        )
        return await self._exchange.ask(round_.call.within(), question)
