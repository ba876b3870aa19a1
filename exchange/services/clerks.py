"""What the services of all desks have in common: a rate, metrics, and refusals as gRPC errors."""

from collections.abc import Awaitable, Coroutine
from typing import TypeVar

from exchange.acts import Act
from exchange.clerk import Clerk
from exchange.question import Basis
from exchange.refusal import Refusal
from exchange.services.calls import Context, RateLimit, abort, certificate_of, counted
from exchange.settings import Limits

T = TypeVar("T")


class ClerkService:
    """Turns calls into acts of a clerk."""

    def __init__(self, clerk: Clerk, limits: Limits) -> None:
        self._clerk = clerk
        self.limits = limits
        self._rates = RateLimit(limits.calls_per_second)

    async def counted(self, method: str, context: Context, work: Awaitable[T | Refusal]) -> T:
        """What an act came to; a refusal ends the call, one over its rate before the act is begun."""
        certificate = certificate_of(context)
        if refusal := self._rates.take(certificate):
            if isinstance(work, Coroutine):
                work.close()
            act = Act(method, Basis("", "", "", ""), register=self._clerk.works_on)
            await abort(context, await self._clerk.refuse(certificate, act, refusal))
        outcome: T | Refusal = await counted(method, work)
        if isinstance(outcome, Refusal):
            await abort(context, outcome)
        return outcome
