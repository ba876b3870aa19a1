"""The license desk: who may do what, what is refused, and every act on the record.

An act is refused in words of ``Reason``; the refusal is an entry like the act itself.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import asyncpg
import structlog

from exchange.acts.act import Permit
from exchange.acts.call import Call
from exchange.acts.failures import RefusedError
from exchange.acts.perform import perform
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState, known_state
from exchange.licensing.entries import about
from exchange.licensing.envelope import Envelopes
from exchange.licensing.office import Issuing, NumberTakenError, Office
from exchange.pages.license_rows import require_shown
from exchange.pki.agency_seals import AgencySeal
from exchange.query.pipeline import Exchange
from registry.basis import Basis
from registry.errors import NotOnRecordError, RuleError
from registry.licenses import records
from registry.licenses.draft_checks import check_draft
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import Draft, License
from registry.licenses.life import Change, Role
from registry.licenses.types import LicenseType
from registry.seals.kinds import TargetKind

log = structlog.get_logger(__name__)
T = TypeVar("T")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Desk:
    """What all acts with licenses have in common, and the issuer's acts."""

    def __init__(self, exchange: Exchange, office: Office, pool: asyncpg.Pool, uri: str) -> None:
        """``uri`` is where status lists are published, without a number."""
        self.exchange = exchange
        self.road = exchange.road
        self.pool = pool
        self._office = office
        self._uri = uri

    @property
    def state(self) -> NodeState:
        """The node's state; raises ``RefusedError`` while it is in doubt."""
        return known_state(self.road.state)

    @property
    def office(self) -> Office:
        """Where licenses are written."""
        return self._office

    @property
    def types(self) -> Mapping[str, LicenseType]:
        """The license types on record."""
        return self.state.register.license_types

    def basis_for(self, dataset: str, basis: Basis) -> Basis:
        """The basis on which the matter needs a dataset; the given one where the matter does not say."""
        matter = self.state.register.matters.get(basis.matter)
        needs = [item for item in matter.requirements if item.dataset == dataset] if matter else []
        return basis.with_legal_basis(needs[0].legal_basis) if needs else basis

    async def issue(
        self, call: Call, act: RegisterAct, prepare: Callable[[], Awaitable[Sequence[Draft | Refusal]]]
    ) -> list[License | Refusal] | Refusal:
        """Issue licenses of one type; each draft has its license or its own refusal, which is an entry of its own."""

        async def work(permit: Permit[RegisterAct]) -> list[License | Refusal] | Refusal:
            requester = permit.requester
            kind, seal = self._may_issue(requester, act.type)
            found: list[License | Refusal | None] = []
            checked: list[Draft] = []
            for draft in await prepare():
                good = await self._fit(draft, kind, requester, {item.request for item in checked})
                found.append(good if isinstance(good, Refusal) else None)
                if not isinstance(good, Refusal):
                    checked.append(good)
            issuing = Issuing(requester, kind, Envelopes(seal, requester.agency.uscc, self._uri), act)
            made = iter(await self._office.issue(issuing, checked) if checked else [])
            outcomes = [item if item is not None else _or_refusal(next(made)) for item in found]
            caller = self.road.identify(call.certificate)
            refusals = [item for item in outcomes if isinstance(item, Refusal)]
            await asyncio.gather(*[self.road.refuse(caller, act, item) for item in refusals])
            return outcomes

        return await perform(self.road, call, act, work)

    async def supersede(
        self,
        call: Call,
        act: RegisterAct,
        identifier: str,
        revision: int,
        prepare: Callable[[], Awaitable[Draft | Refusal]],
    ) -> License | Refusal:
        """Amend or renew a license."""

        async def work(permit: Permit[RegisterAct]) -> License | Refusal:
            requester = permit.requester
            kind, seal = self._may_issue(requester, act.type)
            old = await self.license(identifier)
            self._own(old, requester)
            if old.type != act.type:
                raise RuleError("type", "is not the type of the license that is superseded")
            draft = await prepare()
            if isinstance(draft, Refusal):
                return draft
            issuing = Issuing(requester, kind, Envelopes(seal, requester.agency.uscc, self._uri), act)
            checked = await self._checked(draft, kind, requester)
            try:
                return await self._office.supersede(issuing, old.identifier, revision, checked)
            except NumberTakenError as error:
                return _taken(error)

        return await perform(self.road, call, act, work)

    async def _fit(
        self, draft: Draft | Refusal, kind: LicenseType, requester: Requester, requests: Container[str]
    ) -> Draft | Refusal:
        """A draft that can be issued beside others of these requests."""
        if isinstance(draft, Refusal):
            return draft
        try:
            good = await self._checked(draft, kind, requester)
            if draft.request in requests:
                raise RuleError("request_id", "another draft of this batch bears it")
        except RuleError as error:
            return invalid(error)
        return good

    async def _checked(self, draft: Draft, kind: LicenseType, requester: Requester) -> Draft:
        """A draft in canonical form, which its page can show; raises as ``check_draft``."""
        good = check_draft(draft, kind)
        await asyncio.to_thread(require_shown, good, kind, requester.agency.name)
        return good

    async def change(
        self, call: Call, act: RegisterAct, identifier: str, revision: int, change: Change
    ) -> License | Refusal:
        """Lead a license to another state."""

        async def work(permit: Permit[RegisterAct]) -> License:
            requester = permit.requester
            found = await self.license(identifier)
            return await self._office.change(
                requester, act, replace(found, revision=revision), change, self._role(found, requester)
            )

        return await perform(self.road, call, act, work)

    async def annotate(
        self, call: Call, act: RegisterAct, identifier: str, revision: int, until: str
    ) -> License | Refusal:
        """Annotate a license."""

        async def work(permit: Permit[RegisterAct]) -> License:
            requester = permit.requester
            found = await self.license(identifier)
            self._role(found, requester)
            if until and not _DATE.fullmatch(until):
                raise RuleError("until", "must be a date, YYYY-MM-DD")
            return await self._office.annotate(requester, act, replace(found, revision=revision), until)

        return await perform(self.road, call, act, work)

    async def get(self, call: Call, act: RegisterAct, identifier: str) -> License | Refusal:
        """A license, whole, for its issuer or its type's supervisor."""

        async def work(permit: Permit[RegisterAct]) -> License:
            requester = permit.requester
            found = await self.license(identifier)
            self._role(found, requester)
            await self.record(requester, act, [found], "READ")
            return found

        return await perform(self.road, call, act, work)

    async def record(self, requester: Requester, act: RegisterAct, used: Sequence[License], result: str) -> list[str]:
        """Put the use of licenses on the record, before anything is handed out; returns the receipts."""
        entries = [
            permit_entry(requester, about(act, item), result, item.digest, item.issuer, self.road.pseudonyms)
            for item in used
        ] or [permit_entry(requester, act, result, "", "", self.road.pseudonyms)]
        return await self.road.ledger.record_all(entries)

    async def note(self, requester: Requester, act: RegisterAct, result: str, digest: str, source: str) -> str:
        """Put one use on the record by what is known of the license; returns the receipt."""
        return await self.road.ledger.record(permit_entry(requester, act, result, digest, source, self.road.pseudonyms))

    async def license(self, identifier: str) -> License:
        """A license on record.

        Raises:
            NotOnRecordError: there is none.
        """
        async with self.pool.acquire() as connection:
            found = await records.get_license(connection, LicenseIdentifier.parse(identifier).text)
        if found is None:
            raise NotOnRecordError("license: no such license")
        return found

    def kind_of(self, found: License) -> LicenseType:
        """The type of a license on record."""
        return self.types[found.type]

    def _may_issue(self, requester: Requester, type_id: str) -> tuple[LicenseType, AgencySeal]:
        kind = self.types.get(type_id)
        if kind is None:
            raise RefusedError(Refusal(Reason.LICENSE_TYPE_UNKNOWN, "no such license type on record", "type"))
        if requester.agency.uscc not in kind.issuers:
            raise RefusedError(
                Refusal(Reason.NOT_THE_ISSUER, f"{requester.agency.name} does not issue {kind.name}", "type")
            )
        seal = self.state.seals.of(requester.agency.uscc, TargetKind.LICENSE)
        if seal is None:
            detail = f"no seal of {requester.agency.uscc} is in force on this node"
            raise RefusedError(Refusal(Reason.SEAL_UNAVAILABLE, detail))
        return kind, seal

    def _role(self, found: License, requester: Requester) -> Role:
        if found.issuer == requester.agency.uscc:
            return Role.ISSUER
        if self.kind_of(found).supervisor == requester.agency.uscc:
            return Role.SUPERVISOR
        raise RefusedError(Refusal(Reason.NOT_THE_ISSUER, "neither issuer nor supervisor of this license"))

    def _own(self, found: License, requester: Requester) -> None:
        if self._role(found, requester) is not Role.ISSUER:
            raise RefusedError(Refusal(Reason.NOT_THE_ISSUER, "only its issuer supersedes a license"))


def _or_refusal(made: License | NumberTakenError) -> License | Refusal:
    return made if isinstance(made, License) else _taken(made)


def _taken(error: NumberTakenError) -> Refusal:
    return Refusal(Reason.NUMBER_TAKEN, str(error), "number")
