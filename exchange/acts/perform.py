"""``perform``: the stages of every act that discloses or changes something.

::

    admit        the caller's rate
    identify     certificate → requester on record, or the operator of a command, or the node itself
    understand   form of the request, basis against the register
    authorize    Cedar: principal × action × resource × context → permit
    work         the act itself; loaded items are authorized, too (``permit.over``), and its entry is recorded before it
                 discloses anything
    release

A refusal is a value with a reason. It is recorded before the caller gets it. An act whose caller leaves has one entry,
too: what changes something runs to its end, a question is cancelled until its entry is handed to the ledger.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from exchange.acts.act import Act
from exchange.acts.authenticator import Caller
from exchange.acts.call import Call
from exchange.acts.permit import Permit, authorize
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Principal
from exchange.acts.road import Road
from exchange.acts.state import InDoubt, NodeState
from exchange.metrics import count
from exchange.telemetry import span
from registry.ledger.recorder import HandedOverError

T = TypeVar("T")
A = TypeVar("A", bound=Act)

_OK = ("OK",)
_GONE = Refusal(Reason.CALLER_GONE, "the caller went away before the answer was ready")
Work: TypeAlias = Callable[[Permit[A]], Awaitable[T | Refusal]]
"""What an act does once it is permitted."""


def perform(road: Road, call: Call, act: A, work: Work[A, T] | Refusal) -> Awaitable[T | Refusal]:
    """Perform an act for a caller, or refuse it; both are recorded.

    ``work`` is the refusal of a request that could not be parsed, or the work itself. Refusals in a list that it
    returns are those of its items: each is recorded and counted, too.
    """
    performed = _performed(road, call, act, work)
    return performed if act.ends_with_caller else road.to_the_end(performed)


async def _performed(road: Road, call: Call, act: A, work: Work[A, T] | Refusal) -> T | Refusal:
    started = time.perf_counter()
    caller = road.caller(call)
    outcomes: Sequence[str] = (_GONE.reason.name,)
    try:
        with span(call.method):
            found = await _outcome(road, call, caller, act, work)
            if isinstance(found, Refusal):
                found = await road.refuse(caller, act, found)
                outcomes = (found.reason.name,)
            else:
                outcomes = await _refuse_items(road, caller, act, found) if isinstance(found, list) else _OK
            return found
    except HandedOverError as handed:
        road.refuse_if_unrecorded(caller, act, handed.outcome)
        raise asyncio.CancelledError from None  # the entry was this act's, not that of one around it
    except asyncio.CancelledError:
        road.refuse_later(caller, act, _GONE)
        raise
    finally:
        if not call.inner:
            seconds = (time.perf_counter() - started) / len(outcomes)
            for outcome in outcomes:
                count(call.method, outcome, seconds)


async def _refuse_items(road: Road, caller: Caller, act: Act, items: list[Any]) -> Sequence[str]:
    """Record the refusals among items, and return the outcomes to count."""
    places = [at for at, item in enumerate(items) if isinstance(item, Refusal)]
    refusals = await asyncio.gather(*[road.refuse(caller, act, items[at]) for at in places])
    for at, refusal in zip(places, refusals, strict=True):
        items[at] = refusal
    return (*(_OK if len(places) < len(items) or not items else ()), *(item.reason.name for item in refusals))


def refuse_unread(road: Road, call: Call, act: Act, fault: Refusal) -> Awaitable[Refusal]:
    """Refuse a call whose request cannot be parsed, in the name of its act."""
    return perform(road, call, act, fault)


async def _outcome(road: Road, call: Call, caller: Caller, act: A, work: Work[A, T] | Refusal) -> T | Refusal:
    if not call.inner and (refusal := road.rates.take(caller.id)):
        return refusal
    try:
        if isinstance(work, Refusal):  # unless there is more to refuse
            return _unidentified(road.state, caller.requester) or work
        permit = permitted(road.state, caller.requester, act)
        return permit if isinstance(permit, Refusal) else await work(permit)
    except Exception as error:  # noqa: BLE001  # any failure is recorded, and returned without details
        return act.refusal_of(error)


def permitted(state: NodeState | InDoubt, principal: Principal | Refusal, act: A) -> Permit[A] | Refusal:
    """Return the permit of an act in a state of the node, or its refusal."""
    if isinstance(state, InDoubt):
        return state.refusal
    if isinstance(principal, Refusal):
        return principal
    understood = act.understood(state)
    return understood if isinstance(understood, Refusal) else authorize(state, principal, understood)


def _unidentified(state: NodeState | InDoubt, principal: Principal | Refusal) -> Refusal | None:
    """Return why nothing is done for a caller, whatever the request; None if it is identified."""
    if isinstance(state, InDoubt):
        return state.refusal
    return principal if isinstance(principal, Refusal) else None
