"""Acts of issuers on licenses; each is recorded."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import replace
from typing import TypeVar

import asyncpg
import structlog

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal, disagrees, invalid
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.acts.road import Road
from exchange.licensing.access import UNKNOWN, Shown, over_license, over_type
from exchange.licensing.drafts import Issuing
from exchange.licensing.entries import about
from exchange.licensing.envelope import Envelopes
from exchange.licensing.printer import no_seal
from exchange.licensing.store import LicenseStore, NumberTakenError
from exchange.pages.license_rows import require_shown
from registry.errors import RuleError
from registry.licenses import records
from registry.licenses.draft_checks import check_draft
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import Draft, License
from registry.licenses.states import Change
from registry.register import Register
from registry.seals.kinds import TargetKind

log = structlog.get_logger(__name__)
T = TypeVar("T")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class LicenseService:
    """The acts of issuers, and the common parts of all acts on licenses."""

    def __init__(self, road: Road, store: LicenseStore, pool: asyncpg.Pool, uri: str) -> None:
        """Create the service; ``uri`` is that of status lists, without a number."""
        self.road = road
        self.pool = pool
        self._store = store
        self._uri = uri

    @property
    def store(self) -> LicenseStore:
        """The writer of licenses."""
        return self._store

    async def issue(
        self, call: Call, act: RegisterAct, prepare: Callable[[Register], Awaitable[Sequence[Draft | Refusal]]]
    ) -> list[License | Refusal] | Refusal:
        """Issue licenses of one type; each draft results in its license, or in its own recorded refusal.

        ``prepare`` returns the drafts, given the registers by which the act is permitted.
        """

        async def work(permit: Permit[RegisterAct]) -> list[License | Refusal] | Refusal:
            issuing = self._issuing(permit)
            if isinstance(issuing, Refusal):
                return issuing
            found: list[License | Refusal | None] = []
            checked: list[Draft] = []
            for draft in await prepare(permit.state.register):
                good = await self._fit(draft, issuing, {item.request for item in checked})
                found.append(good if isinstance(good, Refusal) else None)
                if not isinstance(good, Refusal):
                    checked.append(good)
            made = iter(await self._store.issue(issuing, checked) if checked else [])
            return [item if item is not None else _or_refusal(next(made)) for item in found]

        return await perform(self.road, call, act, work)

    async def supersede(
        self,
        call: Call,
        act: RegisterAct,
        identifier: str,
        revision: int,
        prepare: Callable[[Register], Awaitable[Draft | Refusal]],
    ) -> License | Refusal:
        """Amend or renew a license."""

        async def work(permit: Permit[RegisterAct]) -> License | Refusal:
            issuing = self._issuing(permit)
            if isinstance(issuing, Refusal):
                return issuing
            old = await self.license(permit, identifier)
            if isinstance(old, Refusal):
                return old
            if old.type != act.type:
                raise RuleError("type", "is not the type of the license that is superseded")
            draft = await prepare(permit.state.register)
            if isinstance(draft, Refusal):
                return draft
            checked = await self._checked(draft, issuing)
            try:
                return await self._store.supersede(issuing, old.identifier, revision, checked)
            except NumberTakenError as error:
                return _taken(error)

        return await perform(self.road, call, act, work)

    async def _fit(self, draft: Draft | Refusal, issuing: Issuing, requests: Container[str]) -> Draft | Refusal:
        """Return a draft that can be issued together with those of ``requests``, or its refusal."""
        if isinstance(draft, Refusal):
            return draft
        try:
            good = await self._checked(draft, issuing)
            if draft.request in requests:
                raise RuleError("request_id", "another draft of this batch bears it")
        except RuleError as error:
            return invalid(error)
        return good

    async def _checked(self, draft: Draft, issuing: Issuing) -> Draft:
        """Check a draft, and that its page can be made; return it in canonical form.

        Raises:
            RuleError: as ``check_draft``.
        """
        good = check_draft(draft, issuing.kind)
        await asyncio.to_thread(require_shown, good, issuing.kind, issuing.requester.agency.name)
        return good

    async def change(
        self, call: Call, act: RegisterAct, identifier: str, revision: int, change: Change
    ) -> License | Refusal:
        """Change a license's state."""

        async def work(permit: Permit[RegisterAct]) -> License | Refusal:
            found = await self.license(permit, identifier)
            if isinstance(found, Refusal):
                return found
            return await self._store.change(permit.requester, act, replace(found, revision=revision), change)

        return await perform(self.road, call, act, work)

    async def annotate(
        self, call: Call, act: RegisterAct, identifier: str, revision: int, until: str
    ) -> License | Refusal:
        """Annotate a license."""

        async def work(permit: Permit[RegisterAct]) -> License | Refusal:
            found = await self.license(permit, identifier)
            if isinstance(found, Refusal):
                return found
            if until and not _DATE.fullmatch(until):
                raise RuleError("until", "must be a date, YYYY-MM-DD")
            return await self._store.annotate(permit.requester, act, replace(found, revision=revision), until)

        return await perform(self.road, call, act, work)

    async def get(self, call: Call, act: RegisterAct, identifier: str) -> License | Refusal:
        """Return a complete license for its issuer, or for its type's supervisor."""

        async def work(permit: Permit[RegisterAct]) -> License | Refusal:
            found = await self.license(permit, identifier)
            if isinstance(found, Refusal):
                return found
            await self.record(permit.requester, act, [found], "READ")
            return found

        return await perform(self.road, call, act, work)

    async def record(self, requester: Requester, act: RegisterAct, used: Sequence[License], result: str) -> list[str]:
        """Record the use of licenses before they are released; return the receipts."""
        entries = [
            permit_entry(requester, about(act, item), result, item.digest, item.issuer, self.road.pseudonyms)
            for item in used
        ] or [permit_entry(requester, act, result, "", "", self.road.pseudonyms)]
        return await self.road.ledger.record_all(entries)

    async def note(self, requester: Requester, act: RegisterAct, result: str, digest: str, source: str) -> str:
        """Record one use by what is known of the license; return the receipt."""
        return await self.road.ledger.record(permit_entry(requester, act, result, digest, source, self.road.pseudonyms))

    async def license(
        self, permit: Permit[RegisterAct], identifier: str, shown: Shown | None = None, holder: str | None = None
    ) -> License | Refusal:
        """Return a license on record, if the act is permitted on it; ``holder`` is its presenter's code."""
        async with self.pool.acquire() as connection:
            found = await records.get_license(connection, LicenseIdentifier.parse(identifier).text)
        if found is None:
            return UNKNOWN
        over = over_license(permit, found, shown, holder=holder)
        return over if isinstance(over, Refusal) else found

    def _issuing(self, permit: Permit[RegisterAct]) -> Issuing | Refusal:
        """Return what issuing licenses of the act's type needs, or a refusal."""
        over = over_type(permit, permit.act.type)
        if isinstance(over, Refusal):
            return over
        agency = permit.requester.agency.uscc
        seal = permit.state.seals.of(agency, TargetKind.LICENSE)
        if seal is None:
            return disagrees(f"a seal of {agency}") if permit.state.seals.departs(agency) else no_seal(agency)
        kind = permit.state.register.license_types[permit.act.type]
        return Issuing(permit.requester, kind, Envelopes(seal, agency, self._uri), permit.act)


def _or_refusal(made: License | NumberTakenError) -> License | Refusal:
    return made if isinstance(made, License) else _taken(made)


def _taken(error: NumberTakenError) -> Refusal:
    return Refusal(Reason.NUMBER_TAKEN, str(error), "number")
