"""The base class of services: calls from contexts, and refusals as gRPC errors."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.descriptor import ServiceDescriptor

from exchange.acts.act import Act
from exchange.acts.call import Call
from exchange.acts.perform import refuse_unread
from exchange.acts.refusals import Refusal, invalid
from exchange.acts.road import Road
from exchange.services.calls import Context, Received, abort, call_of
from exchange.settings import Limits
from registry.errors import RuleError

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


def snake_case(method: str) -> str:
    """Return the Python name of an RPC."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in method).lstrip("_")


def does(*actions: str) -> Callable[[F], F]:
    """Declare the Cedar actions of a method, which it must have to be registered; each call is one."""

    def named(method: F) -> F:
        method.actions = actions  # type: ignore[attr-defined]  # a function takes attributes
        return method

    return named


class ActServicer:
    """Base class of services whose calls are acts; several may implement one service."""

    service: ServiceDescriptor

    def __init__(self, road: Road, limits: Limits) -> None:
        self._road = road
        self._limits = limits

    def call(self, received: Received, context: Context) -> Call:
        """Return the call of a request."""
        return call_of(received, context, self._limits)

    async def result_of(self, context: Context, work: Awaitable[T | Refusal]) -> T:
        """Return the result of an act; a refusal ends the call."""
        outcome = await work
        if isinstance(outcome, Refusal):
            await abort(context, outcome)
        return outcome

    async def refuse(self, call: Call, act: Act, error: RuleError) -> Refusal:
        """Return the refusal of a request that cannot be parsed as an act."""
        return await refuse_unread(self._road, call, act, invalid(error))
