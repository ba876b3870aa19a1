"""Use of licenses: find, bundle, present, download and check; each use is recorded."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.state import InDoubt
from exchange.licensing.access import UNKNOWN, UNKNOWN_CODE, over_code, over_license, shown_whole
from exchange.licensing.envelope import disclosing
from exchange.licensing.lookup import CurrentState, Lookup
from exchange.licensing.printer import Printer, qr
from exchange.licensing.service import LicenseService
from exchange.pages.fonts import require_glyphs
from exchange.query.answers import Result
from exchange.query.pipeline import Answered, Exchange
from exchange.query.question import Question
from registry.china import CHINA
from registry.errors import RuleError
from registry.licenses import codes, records
from registry.licenses.codes import CodeUse
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import License
from registry.licenses.states import LicenseState

_SECONDS = 10.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A presented license: its envelope with the disclosed fields, its receipt, and its current state."""

    license: License
    envelope: str
    receipt: str
    state: LicenseState


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search: the sealed answer, and the licenses that it names."""

    answered: Answered
    licenses: tuple[Shown, ...]


class LicenseSharing:
    """Acts of users of licenses."""

    def __init__(self, service: LicenseService, exchange: Exchange, printer: Printer) -> None:
        self._service = service
        self._exchange = exchange
        self._lookup = Lookup(service.pool, _SECONDS)
        self._printer = printer

    async def find(self, call: Call, question: Question, fault: Refusal | None = None) -> Found | Refusal:
        """Find licenses by holder or identifier, by a query of the type's dataset with its grants."""
        wanted = tuple(dict.fromkeys(("identifier", *question.fields)))
        shown: list[Shown] = []

        async def load(result: Result) -> None:
            names = [record["identifier"] for record in result.records]
            async with self._service.pool.acquire() as connection:
                found = await records.get_licenses(connection, names)
            shown.extend(_shown(item, set(wanted)) for item in found)

        answered = await self._exchange.ask(call, replace(question, fields=wanted), fault, load)
        return answered if isinstance(answered, Refusal) else Found(answered, tuple(shown))

    async def present(self, call: Call, act: RegisterAct, identifiers: Sequence[str], holder: str) -> str | Refusal:
        """Return a code that presents licenses once, within five minutes, for the act's purpose."""

        async def work(permit: Permit[RegisterAct]) -> str | Refusal:
            codes.check(act.reason, identifiers)
            found = []
            for identifier in identifiers:
                one = await self._service.license(permit, identifier, holder=holder)
                if isinstance(one, Refusal):
                    return one
                found.append(one)
            return await self._made(permit, CodeUse.PRESENTATION, found, act.reason, "PRESENTED")

        return await perform(self._service.road, call, act, work)

    async def redeem(self, call: Call, act: RegisterAct, code: str) -> list[Shown] | Refusal:
        """Return the licenses of a holder's code with whole envelopes, once."""

        async def work(permit: Permit[RegisterAct]) -> list[Shown] | Refusal:
            # One transaction: the code is used up and its use recorded, or neither.
            async with self._service.pool.acquire() as connection, connection.transaction():
                made = await codes.get_code(connection, code, lock=True)
                if made is None:
                    return UNKNOWN_CODE
                over = over_code(permit, made)
                if isinstance(over, Refusal):
                    return over
                shown = await records.get_licenses(connection, made.identifiers)
                for item in shown:
                    over = over_license(permit, item)
                    if isinstance(over, Refusal):
                        return over
                entry = await codes.use_up(connection, code, permit.requester.system.id)
                redeemed = replace(act, reason=made.purpose)
                await self._service.store.used(connection, permit.requester, redeemed, shown, "REDEEMED", entry)
            return [_shown(item, None) for item in shown]

        return await perform(self._service.road, call, act, work)

    async def link(self, call: Call, act: RegisterAct, identifier: str) -> str | Refusal:
        """Return a code for one download of the license's PDF, watermarked with purpose and requester."""

        async def work(permit: Permit[RegisterAct]) -> str | Refusal:
            codes.check(act.reason, [identifier])
            mark = f"仅用于{act.reason} · {permit.requester.agency.name}"
            await asyncio.to_thread(require_glyphs, "purpose", mark)
            found = await self._service.license(permit, identifier, shown_whole)
            if isinstance(found, Refusal):
                return found
            return await self._made(permit, CodeUse.DOWNLOAD, [found], mark, "LINKED")

        return await perform(self._service.road, call, act, work)

    async def pdf(self, call: Call, act: RegisterAct, identifier: str) -> bytes | Refusal:
        """Return the license's own PDF, without watermark, for its issuer."""

        async def work(permit: Permit[RegisterAct]) -> bytes | Refusal:
            found = await self._service.license(permit, identifier)
            if isinstance(found, Refusal):
                return found
            page = await self._printer.page(permit.state, found)
            if not isinstance(page, Refusal):
                await self._service.record(permit.requester, act, [found], "PRINTED")
            return page

        return await perform(self._service.road, call, act, work)

    def qr(self, found: License) -> str:
        """Return the text of the license's QR code; empty while the registers are in doubt."""
        state = self._service.road.state
        return "" if isinstance(state, InDoubt) else qr(state, found)

    async def check(
        self, call: Call, act: RegisterAct, digest: str, identifier: str
    ) -> tuple[CurrentState, str] | Refusal:
        """Return the current state of a presented license, by its envelope's digest or its identifier.

        Returns:
            The license's record, and the receipt of this check.
        """

        async def work(permit: Permit[RegisterAct]) -> tuple[CurrentState, str] | Refusal:
            if digest and not _DIGEST.fullmatch(digest):
                raise RuleError("digest", "64 hex digits in lower case")
            by = ("digest", digest) if digest else ("identifier", LicenseIdentifier.parse(identifier).text)
            found = await self._lookup.find(*by, datetime.now(CHINA).date())
            if found is None:
                return UNKNOWN
            over = over_license(permit, found)
            if isinstance(over, Refusal):
                return over
            about = replace(act, type=found.type, subjects=found.subjects)
            return found, await self._service.note(permit.requester, about, "CHECKED", found.digest, found.issuer)

        return await perform(self._service.road, call, act, work)

    async def _made(
        self, permit: Permit[RegisterAct], use: CodeUse, found: Sequence[License], purpose: str, result: str
    ) -> str:
        """Return a new code for licenses, created in one transaction with its entry."""
        act, requester = permit.act, permit.requester
        names = [item.identifier for item in found]
        async with self._service.pool.acquire() as connection, connection.transaction():
            code, entry = await codes.make_code(connection, use, names, purpose, requester.system.id, asdict(act.basis))
            await self._service.store.used(connection, requester, act, found, result, entry)
        return code


def _shown(found: License, fields: set[str] | None) -> Shown:
    """Return a license to present; ``fields`` limits what is disclosed (``holder_name``: holders' names)."""
    envelope = found.envelope
    if fields is not None:
        envelope = disclosing(envelope, fields)
    return Shown(found, envelope, found.receipt, found.state_now)
