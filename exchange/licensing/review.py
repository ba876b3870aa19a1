"""Licenses are reviewed when the data changed that they rest on: what lost its ground is suspended or flagged."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from exchange.acts.act import Permit
from exchange.acts.call import Call
from exchange.acts.failures import RefusedError
from exchange.acts.perform import perform
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.licensing.desk import Desk
from exchange.query.pipeline import Answered
from exchange.query.question import Question
from keys.sdjwt import SdJwt
from registry.claims import Claim, Operator
from registry.licenses import records
from registry.licenses.license import Fact, License
from registry.licenses.life import Change, Role
from registry.licenses.types import LicenseType, OnSourceChange
from registry.matters import Mode
from registry.outcomes import Outcome
from registry.transitions import ConflictError, IllegalTransitionError

_PAGE = 200
"""Licenses reviewed at once: their questions share lookups and commits."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review came to: identifiers of licenses suspended, flagged, and not decided because a source was away."""

    reviewed: int
    suspended: tuple[str, ...]
    flagged: tuple[str, ...]
    undecided: tuple[str, ...]


class Review:
    """Asks anew, on the issuer's behalf, for the facts that licenses rest on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def review(self, call: Call, act: RegisterAct, digest: str) -> Reviewed | Refusal:
        """Ask anew for the facts that an issuer's valid licenses of a type rest on; suspend or flag what lost them."""

        async def work(permit: Permit[RegisterAct]) -> Reviewed:
            requester = permit.requester
            kind = self._desk.types.get(act.type)
            if kind is None or requester.agency.uscc not in kind.issuers:
                raise RefusedError(Refusal(Reason.NOT_THE_ISSUER, "only an issuer reviews its licenses", "type"))
            found: dict[str, list[str]] = {"suspended": [], "flagged": [], "undecided": []}
            after, count = "", 0
            while True:
                async with self._desk.pool.acquire() as connection:
                    page = await records.resting_on(connection, requester.agency.uscc, kind.id, after, _PAGE)
                if not page:
                    break
                after, count = page[-1].identifier, count + len(page)
                work = [self._reviewed(call, requester, act, item, kind, digest) for item in page]
                outcomes = await asyncio.gather(*work, return_exceptions=True)  # none goes on when this has ended
                for item, outcome in zip(page, outcomes, strict=True):
                    if isinstance(outcome, BaseException):
                        raise outcome
                    if outcome:
                        found[outcome].append(item.identifier)
            return Reviewed(count, *(tuple(found[name]) for name in ("suspended", "flagged", "undecided")))

        return await perform(self._desk.road, call, act, work)

    async def _reviewed(
        self, call: Call, requester: Requester, act: RegisterAct, item: License, kind: LicenseType, *how: Any
    ) -> str:
        """One license's review; what changed or ended meanwhile is left for the next."""
        try:
            return await self._review(call, requester, act, item, kind, *how)
        except (ConflictError, IllegalTransitionError):
            return "undecided"

    async def _review(
        self,
        call: Call,
        requester: Requester,
        act: RegisterAct,
        item: License,
        kind: LicenseType,
        digest: str,
    ) -> str:
        """What becomes of a license: suspended, flagged, undecided, or nothing; a flag without ground is taken away."""
        undecided = False
        for fact in item.facts:
            answered = await self._ask_again(call, act, fact, digest)
            if isinstance(answered, Refusal):
                undecided = True
                continue
            findings = answered.result.outcomes[0]
            outcomes = {item.outcome for item in findings}
            none = all(item.reason and item.reason.is_fact for item in findings)
            if Outcome.MISMATCH in outcomes or none:  # says otherwise, or that it has nothing at all
                evidence = SdJwt.parse(answered.answer).jwt_digest
                told = replace(
                    act, reason=f"{fact.dataset} no longer says what this license rests on; evidence {evidence}"
                )
                return await self._lost(requester, told, item, kind)
            undecided |= Outcome.UNKNOWN in outcomes
        if undecided:
            return "undecided"
        if item.flag:
            await self._desk.office.flag(requester, replace(act, reason=""), item)
        return ""

    async def _lost(self, requester: Requester, told: RegisterAct, item: License, kind: LicenseType) -> str:
        if kind.on_source_change is OnSourceChange.SUSPEND:
            await self._desk.office.change(requester, told, item, Change.SUSPEND, Role.REGISTRY)
            return "suspended"
        if not item.flag:
            await self._desk.office.flag(requester, told, item)
        return "flagged"

    async def _ask_again(self, call: Call, act: RegisterAct, fact: Fact, digest: str) -> Answered | Refusal:
        claims = tuple(Claim(name, Operator.EQ, (value,)) for name, value in fact.values.items())
        basis = self._desk.basis_for(fact.dataset, act.basis)
        question = Question(
            Mode.VERIFY, basis, fact.dataset, fact.subject_kind, (fact.subject,), claims=claims, digest=digest
        )
        return await self._desk.exchange.ask(call.within(), question)
