"""registry.v1.LicenseService, beside the papers: stated facts are verified, licenses reviewed and watched."""

from collections.abc import AsyncIterator

from yici.registry.v1 import license_pb2 as pb

from exchange.acts.refusals import Refusal, invalid
from exchange.licensing.desk import Desk
from exchange.licensing.review import Review
from exchange.licensing.stating import StatedFacts
from exchange.licensing.watch import EventWatch
from exchange.services import licenses
from exchange.services.calls import Context, Received, abort, certificate_of, seconds_left
from exchange.services.clerks import ClerkService
from exchange.services.licenses import act_of
from exchange.services.rates import RateLimit
from exchange.settings import Limits
from registry.errors import RuleError

_TOKEN_DIGITS = 18


class ReviewingService(ClerkService):
    """Turns calls into looks at facts and events."""

    def __init__(
        self, desk: Desk, stated: StatedFacts, review: Review, watch: EventWatch, rates: RateLimit, limits: Limits
    ) -> None:
        super().__init__(desk, rates)
        self._desk = desk
        self._stated = stated
        self._review = review
        self._watch = watch
        self._limits = limits

    async def verify_facts(self, received: Received, context: Context) -> pb.VerifyFactsResponse:
        """Whether stated facts hold."""
        message = received.message
        act = act_of("verify_facts", message, message.type, message.why)
        work = self._stated.verify(certificate_of(context), act, message.identifier, dict(message.facts))
        return licenses.facts_message(await self.done("VerifyFacts", context, work))

    async def review_licenses(self, received: Received, context: Context) -> pb.ReviewLicensesResponse:
        """Review licenses against the data they rest on."""
        message = received.message
        act = act_of("review", message, message.type)
        seconds = seconds_left(context, self._limits)
        work = self._review.review(certificate_of(context), act, received.digest, seconds)
        found = await self.done("ReviewLicenses", context, work)
        return pb.ReviewLicensesResponse(
            looked_at=found.looked_at,
            suspended=found.suspended,
            flagged=found.flagged,
            undecided=found.undecided,
        )

    async def watch_licenses(self, received: Received, context: Context) -> AsyncIterator[pb.WatchLicensesResponse]:
        """Events, for as long as the caller listens."""
        message, certificate = received.message, certificate_of(context)
        types = await self.done("WatchLicenses", context, self._begin_watch(message, certificate))
        after = int(message.after) if message.after else -1
        async for event in self._watch.events(after, types, list(message.regions), list(message.holders)):
            # What may be seen can end while someone listens: a revoked grant or certificate ends the stream.
            still = self._watch.may_see(certificate, event.type)
            if isinstance(still, Refusal):
                await abort(context, still)
            yield licenses.event_message(event)

    async def _begin_watch(self, message: pb.WatchLicensesRequest, certificate: bytes) -> list[str] | Refusal:
        act = act_of("watch", message)
        if message.after and not (message.after.isdecimal() and len(message.after) <= _TOKEN_DIGITS):
            return await self._desk.refuse(
                certificate, act, invalid(RuleError("after", "must be the token of an event"))
            )
        wanted = list(message.types), list(message.regions), list(message.holders)
        return await self._watch.seen_by(certificate, act, *wanted)
