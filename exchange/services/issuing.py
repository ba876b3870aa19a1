"""``registry.v1.LicenseService`` for issuers: issuing, changing and reading licenses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

from yici.registry.v1 import license_pb2 as pb

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal, invalid
from exchange.acts.register_act import RegisterAct
from exchange.acts.road import Road
from exchange.licensing.filling import Filling
from exchange.licensing.service import LicenseService
from exchange.licensing.store import MAX_BATCH
from exchange.services import licenses
from exchange.services.calls import Context, Received, abort, status_of
from exchange.services.licenses import act_of, no_qr
from exchange.services.servicer import ActServicer, does
from exchange.services.wire.licenses import CHANGES
from exchange.settings import Limits
from registry.errors import RuleError
from registry.licenses.license import Draft, License
from registry.register import Register


class IssuingServicer(ActServicer):
    """Converts calls into acts of issuers; fields that drafts leave open are filled."""

    service = pb.DESCRIPTOR.services_by_name["LicenseService"]

    def __init__(self, road: Road, limits: Limits, service: LicenseService, filling: Filling, qr: licenses.Qr) -> None:
        super().__init__(road, limits)
        self._service = service
        self._filling = filling
        self._qr = qr

    @does("license.issue")
    async def issue_license(self, received: Received, context: Context) -> pb.IssueLicenseResponse:
        """Issue one license."""
        call = self.call(received, context)
        [one] = await self.result_of(context, self._issue(received, call, [received.message.draft]))
        if isinstance(one, Refusal):
            await abort(context, one)
        return pb.IssueLicenseResponse(license=licenses.whole(one, self._qr))

    @does("license.issue")
    async def issue_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.IssueBatchResponse]:
        """Issue batch by batch; the next is read after the last answer, which slows down fast senders."""
        async for received in requests:
            message = received.message
            response = pb.IssueBatchResponse(batch_id=message.batch_id[:100])
            outcome = await self._issue(received, self.call(received, context), list(message.drafts))
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                response.outcomes.extend(map(_issue_outcome, outcome))
            yield response

    @does("license.supersede")
    async def supersede_license(self, received: Received, context: Context) -> pb.SupersedeLicenseResponse:
        """Amend or renew a license."""
        message = received.message
        act, call = act_of("supersede", message, message.type, message.reason), self.call(received, context)

        async def draft(register: Register) -> Draft | Refusal:
            return await self._draft(received, call, register, message.draft, act)

        work = self._service.supersede(call, act, message.identifier, message.revision, draft)
        return pb.SupersedeLicenseResponse(license=licenses.whole(await self.result_of(context, work), self._qr))

    @does("license.change", "license.activate", "license.suspend", "license.resume", "license.cancel", "license.revoke")
    async def change_license(self, received: Received, context: Context) -> pb.ChangeLicenseResponse:
        """Change a license's state."""
        message, call = received.message, self.call(received, context)
        change = CHANGES.members.get(message.change)
        act = act_of("change" if change is None else change.value, message, "", message.reason)
        work: Awaitable[License | Refusal]
        if change is None:
            work = self.refuse(call, act, RuleError("change", "a known change is required"))
        else:
            work = self._service.change(call, act, message.identifier, message.revision, change)
        return pb.ChangeLicenseResponse(license=licenses.whole(await self.result_of(context, work), self._qr))

    @does("license.annotate")
    async def annotate_license(self, received: Received, context: Context) -> pb.AnnotateLicenseResponse:
        """Annotate a license."""
        message = received.message
        act = act_of("annotate", message, "", message.reason)
        work = self._service.annotate(
            self.call(received, context), act, message.identifier, message.revision, message.until
        )
        license_ = await self.result_of(context, work)
        return pb.AnnotateLicenseResponse(license=licenses.whole(license_, self._qr))

    @does("license.read")
    async def get_license(self, received: Received, context: Context) -> pb.GetLicenseResponse:
        """Return a complete license."""
        message = received.message
        work = self._service.get(
            self.call(received, context), act_of("read", message, "", message.reason), message.identifier
        )
        license_ = await self.result_of(context, work)
        return pb.GetLicenseResponse(license=licenses.whole(license_, self._qr))

    async def _issue(
        self, received: Received, call: Call, messages: list[pb.LicenseDraft]
    ) -> list[License | Refusal] | Refusal:
        act = act_of("issue", received.message, received.message.type)
        if not 0 < len(messages) <= MAX_BATCH:
            return await self.refuse(call, act, RuleError("drafts", f"1 to {MAX_BATCH} are required"))

        async def drafts(register: Register) -> list[Draft | Refusal]:
            return await asyncio.gather(*[self._draft(received, call, register, item, act) for item in messages])

        return await self._service.issue(call, act, drafts)

    async def _draft(
        self, received: Received, call: Call, register: Register, message: pb.LicenseDraft, act: RegisterAct
    ) -> Draft | Refusal:
        try:
            draft = licenses.draft_of(message, act.type, register.license_types.get(act.type))
        except RuleError as error:
            return invalid(error)
        return await self._filling.fill(call, register, act.basis, draft, received.digest) if message.fill else draft


def _issue_outcome(outcome: License | Refusal) -> pb.IssueOutcome:
    if isinstance(outcome, Refusal):
        return pb.IssueOutcome(error=status_of(outcome).SerializeToString())
    return pb.IssueOutcome(license=licenses.whole(outcome, no_qr))
