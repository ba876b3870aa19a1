"""registry.v1.LicenseService."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from yici.exchange.v1.exchange_pb2 import Subject
from yici.registry.v1 import license_pb2 as pb

from exchange.acts import Act
from exchange.licensing.counter import Counter, Found
from exchange.licensing.desk import Desk
from exchange.licensing.facts import Facts
from exchange.licensing.office import MAX_BATCH
from exchange.licensing.watch import EventWatch
from exchange.question import Question
from exchange.refusal import Refusal, invalid
from exchange.services import licenses
from exchange.services.calls import (
    Context,
    Received,
    abort,
    certificate_of,
    counted,
    seconds_left,
    status_of,
)
from exchange.services.clerks import ClerkService
from exchange.services.messages import basis_of, kind_of
from exchange.settings import Limits
from registry.claims import fields_of
from registry.errors import RuleError
from registry.licenses.license import Draft, License
from registry.licenses.types import DATASET_PREFIX
from registry.matters import Mode, Requirement

T = TypeVar("T")


_TOKEN_DIGITS = 18


class LicenseService(ClerkService):
    """Turns calls into acts of the desk, the counter and the facts."""

    def __init__(self, desk: Desk, counter: Counter, facts: Facts, watch: EventWatch, limits: Limits) -> None:
        super().__init__(desk, limits)
        self._desk = desk
        self._counter = counter
        self._facts = facts
        self._watch = watch

    async def issue_license(self, received: Received, context: Context) -> pb.IssueLicenseResponse:
        """Issue one license."""
        message = received.message
        issued = await self.counted("IssueLicense", context, self._issue(received, context, [message.draft]))
        [one] = issued
        if isinstance(one, Refusal):
            await abort(context, one)
        return pb.IssueLicenseResponse(license=licenses.whole(one, self._counter.qr))

    async def issue_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.IssueBatchResponse]:
        """Issue batch by batch; the next is read when the last is answered, which holds a fast sender back."""
        async for received in requests:
            message = received.message
            response = pb.IssueBatchResponse(batch_id=message.batch_id[:100])
            outcome = await counted("IssueBatch", self._issue(received, context, list(message.drafts)))
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                response.outcomes.extend(map(self._issue_outcome, outcome))
            yield response

    async def supersede_license(self, received: Received, context: Context) -> pb.SupersedeLicenseResponse:
        """Amend or renew."""
        message = received.message
        act = _act("supersede", message, message.type, message.why)
        certificate = certificate_of(context)

        async def work() -> License | Refusal:
            draft = await self._draft(received, context, message.draft, act)
            if isinstance(draft, Refusal):
                return await self._desk.refuse(certificate, act, draft)
            return await self._desk.supersede(certificate, act, message.identifier, message.revision, draft)

        found = await self.counted("SupersedeLicense", context, work())
        return pb.SupersedeLicenseResponse(license=licenses.whole(found, self._counter.qr))

    async def change_license(self, received: Received, context: Context) -> pb.ChangeLicenseResponse:
        """Change a license's state."""
        message = received.message
        change = licenses.CHANGES.get(message.change)
        act = _act("change" if change is None else change.value, message, "", message.why)
        certificate = certificate_of(context)

        async def work() -> License | Refusal:
            if change is None:
                return await self._desk.refuse(
                    certificate, act, invalid(RuleError("change", "a known change is required"))
                )
            return await self._desk.change(certificate, act, message.identifier, message.revision, change)

        found = await self.counted("ChangeLicense", context, work())
        return pb.ChangeLicenseResponse(license=licenses.whole(found, self._counter.qr))

    async def annotate_license(self, received: Received, context: Context) -> pb.AnnotateLicenseResponse:
        """Annotate a license."""
        message = received.message
        act = _act("annotate", message, "", message.why)
        work = self._desk.annotate(certificate_of(context), act, message.identifier, message.revision, message.until)
        found = await self.counted("AnnotateLicense", context, work)
        return pb.AnnotateLicenseResponse(license=licenses.whole(found, self._counter.qr))

    async def get_license(self, received: Received, context: Context) -> pb.GetLicenseResponse:
        """A license, whole."""
        message = received.message
        work = self._desk.get(certificate_of(context), _act("read", message, "", message.why), message.identifier)
        found = await self.counted("GetLicense", context, work)
        return pb.GetLicenseResponse(license=licenses.whole(found, self._counter.qr))

    async def get_license_pdf(self, received: Received, context: Context) -> pb.GetLicensePdfResponse:
        """The sealed PDF."""
        message = received.message
        work = self._counter.pdf(certificate_of(context), _act("print", message, "", message.why), message.identifier)
        return pb.GetLicensePdfResponse(pdf=await self.counted("GetLicensePdf", context, work))

    async def find_licenses(self, received: Received, context: Context) -> pb.FindLicensesResponse:
        """Find licenses."""
        message = received.message
        found = await self.counted(
            "FindLicenses", context, self._find(received, context, message.type, message.subject, list(message.fields))
        )
        return licenses.found_message(found, _no_qr)

    async def bundle_licenses(self, received: Received, context: Context) -> pb.BundleLicensesResponse:
        """Every license that a matter takes."""
        message = received.message
        matter = self._desk.exchange.matter(certificate_of(context), message.basis.matter)
        if isinstance(matter, Refusal):
            await abort(context, await self._desk.refuse(certificate_of(context), _act("bundle", message), matter))
        wanted = [(need, item) for need in matter.requirements for item in _license_needs(need)]
        outcomes = await asyncio.gather(
            *[
                self._find(
                    received, context, dataset, message.subjects.get(need.subject, Subject()), fields, need.legal_basis
                )
                for need, (dataset, fields) in wanted
            ]
        )
        response = pb.BundleLicensesResponse()
        for (need, (type_id, _)), outcome in zip(wanted, outcomes, strict=True):
            item = response.items.add(requirement=need.id, type=type_id)
            if isinstance(outcome, Refusal):
                item.error = status_of(outcome).SerializeToString()
            else:
                item.found.CopyFrom(licenses.found_message(outcome, _no_qr))
        return response

    async def check_license(self, received: Received, context: Context) -> pb.CheckLicenseResponse:
        """The state now."""
        message = received.message
        act = _act("check", message, "", message.why)
        work = self._counter.check(certificate_of(context), act, message.digest, message.identifier)
        found, receipt = await self.counted("CheckLicense", context, work)
        return pb.CheckLicenseResponse(
            state=licenses.STATES[found.state],
            identifier=found.identifier,
            type=found.type,
            digest=found.digest,
            receipt=receipt,
        )

    async def verify_facts(self, received: Received, context: Context) -> pb.VerifyFactsResponse:
        """Whether stated facts hold."""
        message = received.message
        act = _act("verify_facts", message, message.type, message.why)
        work = self._facts.verify(certificate_of(context), act, message.identifier, dict(message.facts))
        return licenses.facts_message(await self.counted("VerifyFacts", context, work))

    async def present_licenses(self, received: Received, context: Context) -> pb.PresentLicensesResponse:
        """A code to show licenses with."""
        message = received.message
        act = _act("present", message, "", message.purpose)
        work = self._counter.present(certificate_of(context), act, list(message.identifiers), message.holder)
        return pb.PresentLicensesResponse(code=await self.counted("PresentLicenses", context, work))

    async def redeem_presentation(self, received: Received, context: Context) -> pb.RedeemPresentationResponse:
        """What a code shows."""
        work = self._counter.redeem(certificate_of(context), _act("redeem", received.message), received.message.code)
        found = await self.counted("RedeemPresentation", context, work)
        return pb.RedeemPresentationResponse(licenses=[licenses.shown(item, self._counter.qr) for item in found])

    async def link_license(self, received: Received, context: Context) -> pb.LinkLicenseResponse:
        """A download link."""
        message = received.message
        act = _act("link", message, "", message.purpose)
        code = await self.counted(
            "LinkLicense", context, self._counter.link(certificate_of(context), act, message.identifier)
        )
        return pb.LinkLicenseResponse(path=f"/download/{code}")

    async def review_licenses(self, received: Received, context: Context) -> pb.ReviewLicensesResponse:
        """Review licenses against the data they rest on."""
        message = received.message
        act = _act("review", message, message.type)
        seconds = seconds_left(context, self.limits)
        work = self._facts.review(certificate_of(context), act, received.digest, seconds)
        found = await self.counted("ReviewLicenses", context, work)
        return pb.ReviewLicensesResponse(
            looked_at=found.looked_at, suspended=found.suspended, flagged=found.flagged, undecided=found.undecided
        )

    async def watch_licenses(self, received: Received, context: Context) -> AsyncIterator[pb.WatchLicensesResponse]:
        """Events, for as long as the caller listens."""
        message = received.message
        wanted = list(message.types), list(message.regions), list(message.holders)
        work = self._watch.seen_by(certificate_of(context), _act("watch", message), *wanted)
        types = await self.counted("WatchLicenses", context, work)
        if message.after and not (message.after.isdecimal() and len(message.after) <= _TOKEN_DIGITS):
            refusal = invalid(RuleError("after", "must be the token of an event"))
            await abort(context, await self._desk.refuse(certificate_of(context), _act("watch", message), refusal))
        after = int(message.after) if message.after else -1
        async for event in self._watch.events(after, types, list(message.regions), list(message.holders)):
            # What may be seen can end while someone listens: a revoked grant or certificate ends the stream.
            still = self._watch.may_see(certificate_of(context), event.type)
            if isinstance(still, Refusal):
                await abort(context, still)
            yield licenses.event_message(event)

    async def _issue(
        self, received: Received, context: Context, messages: list[pb.Draft]
    ) -> list[License | Refusal] | Refusal:
        message = received.message
        act = _act("issue", message, message.type)
        certificate = certificate_of(context)
        if not 0 < len(messages) <= MAX_BATCH:
            return await self._desk.refuse(
                certificate, act, invalid(RuleError("drafts", f"1 to {MAX_BATCH} are required"))
            )
        drafts = await asyncio.gather(*[self._draft(received, context, item, act) for item in messages])
        good = [item for item in drafts if isinstance(item, Draft)]
        issued = await self._desk.issue(certificate, act, good)
        if isinstance(issued, Refusal):
            return issued
        made = iter(issued)
        outcomes = [next(made) if isinstance(item, Draft) else item for item in drafts]
        refusals = [item for item in outcomes if isinstance(item, Refusal)]
        await asyncio.gather(*[self._desk.refuse(certificate, act, item) for item in refusals])
        return outcomes

    async def _draft(self, received: Received, context: Context, message: pb.Draft, act: Act) -> Draft | Refusal:
        try:
            draft = licenses.draft_of(message, act.type)
        except RuleError as error:
            return invalid(error)
        if not message.fill:
            return draft
        seconds = seconds_left(context, self.limits)
        return await self._facts.fill(certificate_of(context), act.basis, draft, received.digest, seconds)

    async def _find(
        self, received: Received, context: Context, type_id: str, subject: Any, fields: list[str], legal_basis: str = ""
    ) -> Found | Refusal:
        certificate = certificate_of(context)
        act = _act("find", received.message, type_id)
        try:
            kind = kind_of(subject.kind, "subject.kind")
        except RuleError as error:
            return await self._desk.refuse(certificate, act, invalid(error))
        basis = basis_of(received.message.basis)
        if legal_basis:
            basis = type(basis)(basis.matter, basis.case, legal_basis, basis.officer)
        question = Question(
            Mode.QUERY, basis, DATASET_PREFIX + type_id, kind, (subject.identifier,), fields=tuple(fields),
            digest=received.digest,
        )  # fmt: skip
        return await self._counter.find(certificate, question, seconds_left(context, self.limits))

    def _issue_outcome(self, outcome: License | Refusal) -> pb.IssueOutcome:
        if isinstance(outcome, Refusal):
            return pb.IssueOutcome(error=status_of(outcome).SerializeToString())
        return pb.IssueOutcome(license=licenses.whole(outcome, _no_qr))


def _no_qr(_: License) -> str:
    """A code names the holders and proves the whole license: whoever may see a part gets none."""
    return ""


def _act(action: str, message: Any, type_id: str = "", reason: str = "") -> Act:
    return Act(action, basis_of(message.basis), type_id, (), reason)


def _license_needs(need: Requirement) -> list[tuple[str, list[str]]]:
    """The license types among what settles a requirement, with the fields that it looks at."""
    return [
        (option.dataset.removeprefix(DATASET_PREFIX), ["state", "number", *fields_of(option.claims)])
        for option in need.options
        if option.dataset.startswith(DATASET_PREFIX)
    ]
