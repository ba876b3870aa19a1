"""What the services of all desks have in common: a rate, metrics, and refusals as gRPC errors."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from exchange.acts.clerk import Clerk
from exchange.acts.entries import Act
from exchange.acts.refusals import Refusal
from exchange.services.calls import Context, abort, certificate_of, counted
from exchange.services.rates import RateLimit
from registry.basis import Basis

T = TypeVar("T")
Work = Coroutine[Any, Any, T | Refusal]


class ClerkService:
    """Turns calls into acts of a clerk."""

    def __init__(self, clerk: Clerk, rates: RateLimit) -> None:
        self._clerk = clerk
        self._rates = rates

    async def done(self, method: str, context: Context, work: Work[T]) -> T:
        """What an act came to; a refusal ends the call."""
        outcome = await self.outcome(method, context, work)
        if isinstance(outcome, Refusal):
            await abort(context, outcome)
        return outcome

    async def outcome(self, method: str, context: Context, work: Work[T]) -> T | Refusal:
        """What an act came to, counted; one over its system's rate is refused before it is begun."""
        outcome: T | Refusal = await counted(method, self._within_rate(method, certificate_of(context), work))
        return outcome

    async def _within_rate(self, method: str, certificate: bytes, work: Work[T]) -> T | Refusal:
        if refusal := self._rates.take(certificate):
            work.close()
            act = Act(method, Basis("", "", "", ""), register=self._clerk.works_on)
            return await self._clerk.refuse(certificate, act, refusal)
        return await work
