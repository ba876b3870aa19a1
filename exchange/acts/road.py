"""The parts that acts of a process share: the node's state, identification, rates and the ledger."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from exchange.acts.act import Act
from exchange.acts.authenticator import Authenticator, Caller
from exchange.acts.bursts import SHARED, Bursts
from exchange.acts.call import Call
from exchange.acts.failures import unrecorded
from exchange.acts.on_record import OnRecord
from exchange.acts.rates import RateLimit
from exchange.acts.refusals import Refusal
from exchange.acts.state import IN_DOUBT, InDoubt, NodeState
from registry.errors import LedgerError
from registry.ledger.leaf import Entry, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.register import Register

T = TypeVar("T")


class Road:
    """The shared parts of acts; ``state`` is replaced as a whole when the registers change."""

    def __init__(self, ledger: Recorder, pseudonyms: Pseudonyms, calls_per_second: float) -> None:
        self.state: NodeState | InDoubt = IN_DOUBT
        self.ledger = ledger
        self.pseudonyms = pseudonyms
        self.rates = RateLimit(calls_per_second)
        self._authenticator = Authenticator()
        self._bursts = Bursts(ledger)
        self._left: set[asyncio.Task[Any]] = set()

    @property
    def _register(self) -> Register | None:
        return None if isinstance(self.state, InDoubt) else self.state.register

    def identify(self, certificate: bytes) -> Caller:
        """Return the caller of a certificate (PEM)."""
        return self._authenticator.identify(certificate, self._register)

    def caller(self, call: Call) -> Caller:
        """Who makes a call: a system, the bearer of its code, a person, an operator, or the node itself."""
        if call.by is not None:
            return Caller(call.by.id, call.by)
        if call.person:
            return self._authenticator.official(call.person, call.certificate, self._register)
        if call.bearer_of:
            return self._authenticator.bearer(call.bearer_of, self._register)
        return self.identify(call.certificate)

    async def refuse(self, caller: Caller, act: Act, refusal: Refusal) -> Refusal:
        """Record a refusal, in its own entry or its burst's; a ledger failure is returned instead."""
        on_record = OnRecord(self._register)

        def entry() -> Entry:
            return act.refusal_entry(caller.requester, refusal, on_record, self.pseudonyms)

        try:
            if refusal.reason in SHARED:
                await self._bursts.record(caller.id, refusal.reason, entry)
            else:
                await self.ledger.record(entry())
        except LedgerError as error:
            return unrecorded(error)
        return refusal

    def refuse_later(self, caller: Caller, act: Act, refusal: Refusal) -> None:
        """Record a refusal for which no caller is waiting any more."""
        self._leave(asyncio.create_task(self.refuse(caller, act, refusal)))

    def refuse_if_unrecorded(self, caller: Caller, act: Act, outcome: asyncio.Future[Any]) -> None:
        """Record a refusal if the entry of a caller that left is not recorded, as ``outcome`` says."""

        async def refuse() -> None:
            try:
                await outcome
            except LedgerError as error:
                await self.refuse(caller, act, unrecorded(error))

        self._leave(asyncio.create_task(refuse()))

    async def to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of work. If the caller leaves, the work continues."""
        task = asyncio.create_task(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._leave(task)
            raise

    @property
    def left(self) -> int:
        """The number of acts under way whose callers have left."""
        return len(self._left)

    async def drain(self) -> None:
        """Wait for acts whose callers have left, and record refusals that are only counted."""
        while self._left:
            await asyncio.wait(self._left)
        await self._bursts.close()

    def _leave(self, task: asyncio.Task[Any]) -> None:
        self._left.add(task)
        task.add_done_callback(self._left.discard)
