"""registry.v1.LicenseService, the issuer's side: licenses are issued, changed and looked at whole."""

import asyncio
from collections.abc import AsyncIterator

from yici.registry.v1 import license_pb2 as pb

from exchange.acts.entries import Act
from exchange.acts.refusals import Refusal, invalid
from exchange.licensing.desk import Desk
from exchange.licensing.filling import Filling
from exchange.licensing.office import MAX_BATCH
from exchange.services import licenses
from exchange.services.calls import Context, Received, certificate_of, seconds_left, status_of
from exchange.services.clerks import ClerkService
from exchange.services.licenses import act_of, no_qr
from exchange.services.rates import RateLimit
from exchange.settings import Limits
from registry.errors import RuleError
from registry.licenses.license import Draft, License


class IssuingService(ClerkService):
    """Turns calls into acts of the desk; what drafts leave open is filled."""

    def __init__(self, desk: Desk, filling: Filling, qr: licenses.Qr, rates: RateLimit, limits: Limits) -> None:
        super().__init__(desk, rates)
        self._desk = desk
        self._filling = filling
        self._qr = qr
        self._limits = limits

    async def issue_license(self, received: Received, context: Context) -> pb.IssueLicenseResponse:
        """Issue one license."""
        message = received.message
        one = await self.done("IssueLicense", context, self._issue_one(received, context, message.draft))
        return pb.IssueLicenseResponse(license=licenses.whole(one, self._qr))

    async def issue_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.IssueBatchResponse]:
        """Issue batch by batch; the next is read when the last is answered, which holds a fast sender back."""
        async for received in requests:
            message = received.message
            response = pb.IssueBatchResponse(batch_id=message.batch_id[:100])
            outcome = await self.outcome("IssueBatch", context, self._issue(received, context, list(message.drafts)))
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                response.outcomes.extend(map(_issue_outcome, outcome))
            yield response

    async def supersede_license(self, received: Received, context: Context) -> pb.SupersedeLicenseResponse:
        """Amend or renew."""
        message = received.message
        act = act_of("supersede", message, message.type, message.why)
        certificate = certificate_of(context)

        async def work() -> License | Refusal:
            draft = await self._draft(received, context, message.draft, act)
            if isinstance(draft, Refusal):
                return await self._desk.refuse(certificate, act, draft)
            return await self._desk.supersede(certificate, act, message.identifier, message.revision, draft)

        found = await self.done("SupersedeLicense", context, work())
        return pb.SupersedeLicenseResponse(license=licenses.whole(found, self._qr))

    async def change_license(self, received: Received, context: Context) -> pb.ChangeLicenseResponse:
        """Change a license's state."""
        message = received.message
        change = licenses.CHANGES.get(message.change)
        act = act_of("change" if change is None else change.value, message, "", message.why)
        certificate = certificate_of(context)

        async def work() -> License | Refusal:
            if change is None:
                return await self._desk.refuse(
                    certificate, act, invalid(RuleError("change", "a known change is required"))
                )
            return await self._desk.change(certificate, act, message.identifier, message.revision, change)

        found = await self.done("ChangeLicense", context, work())
        return pb.ChangeLicenseResponse(license=licenses.whole(found, self._qr))

    async def annotate_license(self, received: Received, context: Context) -> pb.AnnotateLicenseResponse:
        """Annotate a license."""
        message = received.message
        act = act_of("annotate", message, "", message.why)
        work = self._desk.annotate(certificate_of(context), act, message.identifier, message.revision, message.until)
        found = await self.done("AnnotateLicense", context, work)
        return pb.AnnotateLicenseResponse(license=licenses.whole(found, self._qr))

    async def get_license(self, received: Received, context: Context) -> pb.GetLicenseResponse:
        """A license, whole."""
        message = received.message
        work = self._desk.get(certificate_of(context), act_of("read", message, "", message.why), message.identifier)
        found = await self.done("GetLicense", context, work)
        return pb.GetLicenseResponse(license=licenses.whole(found, self._qr))

    async def _issue_one(self, received: Received, context: Context, message: pb.Draft) -> License | Refusal:
        outcomes = await self._issue(received, context, [message])
        return outcomes if isinstance(outcomes, Refusal) else outcomes[0]

    async def _issue(
        self, received: Received, context: Context, messages: list[pb.Draft]
    ) -> list[License | Refusal] | Refusal:
        message = received.message
        act = act_of("issue", message, message.type)
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
        seconds = seconds_left(context, self._limits)
        return await self._filling.fill(certificate_of(context), act.basis, draft, received.digest, seconds)


def _issue_outcome(outcome: License | Refusal) -> pb.IssueOutcome:
    if isinstance(outcome, Refusal):
        return pb.IssueOutcome(error=status_of(outcome).SerializeToString())
    return pb.IssueOutcome(license=licenses.whole(outcome, no_qr))
