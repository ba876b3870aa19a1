"""Showing and sharing: licenses are found, bundled, presented, downloaded, checked; every use is an entry."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from exchange.acts.act import Permit
from exchange.acts.call import Call
from exchange.acts.failures import RefusedError
from exchange.acts.perform import perform
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.licensing.desk import Desk
from exchange.licensing.envelope import disclosing
from exchange.licensing.lookup import Lookup, Standing
from exchange.licensing.printer import Printer
from exchange.pages.fonts import require_glyphs
from exchange.query.asking import Asking
from exchange.query.pipeline import Answered
from exchange.query.question import Question
from keys.timestamp_authority import TimestampAuthority
from registry.china import CHINA
from registry.errors import NotOnRecordError, RuleError
from registry.grants import Grant
from registry.licenses import codes, records
from registry.licenses.codes import CodeUse
from registry.licenses.holders import Holder, canonical_code
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import License
from registry.licenses.life import LicenseState
from registry.matters import Mode

_SECONDS = 10.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A license as it is handed out: its envelope with what may be seen, its receipt, its state now."""

    license: License
    envelope: str
    receipt: str
    state: LicenseState


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: the sealed answer to the question, and the licenses it names."""

    answered: Answered
    licenses: tuple[Shown, ...]


class Counter:
    """The side of those who use licenses."""

    def __init__(self, desk: Desk, tsa: TimestampAuthority, kept: Path) -> None:
        """``tsa`` stamps the time on PDFs; ``kept`` is the folder where they are kept."""
        self._desk = desk
        self._lookup = Lookup(desk.pool, _SECONDS)
        self._tsa = tsa
        self._kept = kept

    @property
    def _printer(self) -> Printer:
        state = self._desk.state
        return Printer(state.register, state.seals, self._tsa, self._kept)

    async def find(self, call: Call, question: Question, fault: Refusal | None = None) -> Found | Refusal:
        """Find licenses by holder or identifier, as a question to the type's dataset: grants decide what is seen."""
        wanted = tuple(dict.fromkeys(("identifier", *question.fields)))
        answered = await self._desk.exchange.ask(call, replace(question, fields=wanted), fault)
        if isinstance(answered, Refusal):
            return answered
        try:
            names = [record["identifier"] for record in answered.result.records]
            async with self._desk.pool.acquire() as connection:
                found = await records.get_licenses(connection, names)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            doubt = Refusal(Reason.REGISTER_IN_DOUBT, "the license register does not answer")
            road = self._desk.road
            return await road.refuse(road.identify(call.certificate), Asking(question), doubt)
        return Found(answered, tuple(_shown(item, set(wanted)) for item in found))

    async def present(self, call: Call, act: RegisterAct, identifiers: Sequence[str], holder: str) -> str | Refusal:
        """A code that shows licenses once, within five minutes, for the act's purpose, on behalf of their holder."""

        async def work(permit: Permit[RegisterAct]) -> str:
            requester = permit.requester
            codes.check(act.reason, identifiers)
            found = [await self._desk.license(item) for item in identifiers]
            for item in found:
                kind = self._desk.kind_of(item)
                if requester.agency.uscc not in (item.issuer, kind.source):
                    detail = "only the issuer or the keeper of these licenses presents them for a holder"
                    raise RefusedError(Refusal(Reason.NOT_THE_ISSUER, detail))
                if not any(_is_code_of(one, holder) for one in item.holders):
                    raise NotOnRecordError("license: no such license of this holder")
            await self._desk.record(requester, act, found, "PRESENTED")
            async with self._desk.pool.acquire() as connection:
                return await codes.make_code(
                    connection,
                    CodeUse.PRESENTATION,
                    [item.identifier for item in found],
                    act.reason,
                    requester.system.id,
                    asdict(act.basis),
                )

        return await perform(self._desk.road, call, act, work)

    async def redeem(self, call: Call, act: RegisterAct, code: str) -> list[Shown] | Refusal:
        """What a holder's code shows: whole envelopes, once."""

        async def work(permit: Permit[RegisterAct]) -> list[Shown]:
            requester = permit.requester
            # One transaction: the code is used up, its use recorded, or neither.
            async with self._desk.pool.acquire() as connection, connection.transaction():
                try:
                    redeemed = await codes.redeem(connection, CodeUse.PRESENTATION, code, requester.system.id)
                except NotOnRecordError as error:
                    raise RefusedError(Refusal(Reason.CODE_UNKNOWN, str(error), "code")) from error
                shown = await records.get_licenses(connection, redeemed.identifiers)
                told = replace(act, reason=redeemed.purpose)
                await self._desk.office.used(connection, requester, told, shown, "REDEEMED")
            return [_shown(item, None) for item in shown]

        return await perform(self._desk.road, call, act, work)

    async def link(self, call: Call, act: RegisterAct, identifier: str) -> str | Refusal:
        """A code with which the license's PDF is downloaded once, watermarked with purpose and requester."""

        async def work(permit: Permit[RegisterAct]) -> str:
            requester = permit.requester
            codes.check(act.reason, [identifier])
            mark = f"仅用于{act.reason} · {requester.agency.name}"
            await asyncio.to_thread(require_glyphs, "purpose", mark)
            found = await self._desk.license(identifier)
            kind = self._desk.kind_of(found)
            if requester.agency.uscc not in (found.issuer, kind.source, kind.supervisor):
                grants = self._desk.state.register.grants.get(kind.dataset_id, ())
                everything = {"holder_name", *kind.by_name}  # a page shows all of it
                if not any(_covers(grant, requester, act, everything) for grant in grants):
                    detail = f"{requester.agency.name} has no grant for all of {kind.dataset_id}, which a page shows"
                    raise RefusedError(Refusal(Reason.NO_GRANT, detail))
            await self._desk.record(requester, act, [found], "LINKED")
            async with self._desk.pool.acquire() as connection:
                return await codes.make_code(
                    connection, CodeUse.DOWNLOAD, [found.identifier], mark, requester.system.id, asdict(act.basis)
                )

        return await perform(self._desk.road, call, act, work)

    async def pdf(self, call: Call, act: RegisterAct, identifier: str) -> bytes | Refusal:
        """The license's own PDF, without a watermark, for its issuer."""

        async def work(permit: Permit[RegisterAct]) -> bytes:
            requester = permit.requester
            found = await self._desk.license(identifier)
            if requester.agency.uscc not in (found.issuer, self._desk.kind_of(found).source):
                raise RefusedError(Refusal(Reason.NOT_THE_ISSUER, "only its issuer or keeper takes a license's PDF"))
            await self._desk.record(requester, act, [found], "PRINTED")
            return await self._printer.page(found)

        return await perform(self._desk.road, call, act, work)

    def qr(self, found: License) -> str:
        """The text of the license's QR code."""
        return self._printer.qr(found)

    async def check(self, call: Call, act: RegisterAct, digest: str, identifier: str) -> tuple[Standing, str] | Refusal:
        """The state, now, of a license that someone holds up, by its envelope's digest or its identifier.

        Returns:
            What is on record of it, and the receipt of this check.
        """

        async def work(permit: Permit[RegisterAct]) -> tuple[Standing, str]:
            requester = permit.requester
            if digest and not _DIGEST.fullmatch(digest):
                raise RuleError("digest", "64 hex digits in lower case")
            by = ("digest", digest) if digest else ("identifier", LicenseIdentifier.parse(identifier).text)
            found = await self._lookup.find(*by, datetime.now(CHINA).date())
            if found is None:
                raise NotOnRecordError("license: no such license")
            about = replace(act, type=found.type, subjects=found.subjects)
            return found, await self._desk.note(requester, about, "CHECKED", found.digest, found.issuer)

        return await perform(self._desk.road, call, act, work)


def _shown(found: License, fields: set[str] | None) -> Shown:
    """A license as handed out; with ``fields``, only those are disclosed (``holder_name`` discloses holders' names)."""
    envelope = found.envelope
    if fields is not None:
        envelope = disclosing(envelope, fields)
    return Shown(found, envelope, found.receipt, found.state_now)


def _is_code_of(holder: Holder, code: str) -> bool:
    try:
        return canonical_code(holder.kind, code) == holder.code
    except RuleError:
        return False


def _covers(grant: Grant, requester: Requester, act: RegisterAct, fields: set[str]) -> bool:
    now = datetime.now(UTC)
    return (
        grant.agency == requester.agency.uscc
        and Mode.QUERY in grant.modes
        and fields <= set(grant.fields)
        and act.basis.matter in grant.matters
        and act.basis.legal_basis == grant.legal_basis
        and grant.valid_from <= now < grant.valid_to
    )
