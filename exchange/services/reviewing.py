"""``registry.v1.LicenseService`` for verification of facts, review and events."""

from collections.abc import AsyncIterator
from dataclasses import replace

from yici.registry.v1 import license_pb2 as pb

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.road import Road
from exchange.licensing.review import Review
from exchange.licensing.stating import StatedFacts
from exchange.licensing.watch import EventWatch
from exchange.services import licenses
from exchange.services.calls import Context, Received, abort
from exchange.services.licenses import act_of
from exchange.services.servicer import ActServicer, does
from exchange.settings import Limits
from registry.errors import RuleError

_TOKEN_DIGITS = 18


class ReviewingServicer(ActServicer):
    """Converts calls into verification, review and streams of events."""

    service = pb.DESCRIPTOR.services_by_name["LicenseService"]

    def __init__(self, road: Road, limits: Limits, stated: StatedFacts, review: Review, watch: EventWatch) -> None:
        super().__init__(road, limits)
        self._stated = stated
        self._review = review
        self._watch = watch

    @does("license.verify_facts", "license.compare")
    async def verify_facts(self, received: Received, context: Context) -> pb.VerifyFactsResponse:
        """Verify stated facts."""
        message = received.message
        act = act_of("verify_facts", message, message.type, message.reason)
        work = self._stated.verify(self.call(received, context), act, message.identifier, dict(message.facts))
        return licenses.facts_message(await self.result_of(context, work))

    @does("license.review", "license.suspend")
    async def review_licenses(self, received: Received, context: Context) -> pb.ReviewLicensesResponse:
        """Review licenses against the data on which they are based."""
        message = received.message
        act = replace(act_of("review", message, message.type), ends_with_caller=True)
        work = self._review.review(self.call(received, context), act, received.digest)
        reviewed = await self.result_of(context, work)
        return pb.ReviewLicensesResponse(
            reviewed_count=reviewed.reviewed,
            suspended=reviewed.suspended,
            flagged=reviewed.flagged,
            undecided=reviewed.undecided,
        )

    @does("license.watch", "license.watch_holders")
    async def watch_licenses(self, received: Received, context: Context) -> AsyncIterator[pb.WatchLicensesResponse]:
        """Stream events for as long as the caller listens."""
        message, call = received.message, self.call(received, context)
        act = act_of("watch", message)
        types = await self.result_of(context, self._begin_watch(message, call, act))
        after = int(message.resume_token) if message.resume_token else -1
        async for event in self._watch.events(after, types, list(message.region_prefixes), list(message.holder_codes)):
            # Permission may end during the stream: a revoked grant or certificate ends it.
            if refusal := self._watch.may_see(call, act, event.type):
                await abort(context, refusal)
            yield licenses.event_message(event)

    async def _begin_watch(self, message: pb.WatchLicensesRequest, call: Call, act: RegisterAct) -> list[str] | Refusal:
        token = message.resume_token
        if token and not (token.isdecimal() and len(token) <= _TOKEN_DIGITS):
            return await self.refuse(call, act, RuleError("resume_token", "must be the token of an event"))
        wanted = list(message.types), list(message.region_prefixes), list(message.holder_codes)
        return await self._watch.seen_by(call, act, *wanted)
