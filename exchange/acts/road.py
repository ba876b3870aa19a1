"""The parts that acts of a process share: the node's state, identification, rates and the ledger."""

import asyncio

from exchange.acts.act import Act
from exchange.acts.bursts import SHARED, Bursts
from exchange.acts.call import Call
from exchange.acts.failures import unrecorded
from exchange.acts.rates import RateLimit
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Authenticator, Caller
from exchange.acts.state import IN_DOUBT, InDoubt, NodeState
from registry.errors import LedgerError
from registry.ledger.leaf import Entry, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.register import Register

_NOTHING = Register()


class Road:
    """The shared parts of acts; ``state`` is replaced as a whole when the registers change."""

    def __init__(self, ledger: Recorder, pseudonyms: Pseudonyms, calls_per_second: float) -> None:
        self.state: NodeState | InDoubt = IN_DOUBT
        self.ledger = ledger
        self.pseudonyms = pseudonyms
        self.rates = RateLimit(calls_per_second)
        self._authenticator = Authenticator()
        self._bursts = Bursts(ledger)
        self._recording: set[asyncio.Task[Refusal]] = set()

    @property
    def _register(self) -> Register | None:
        return None if isinstance(self.state, InDoubt) else self.state.register

    def identify(self, certificate: bytes) -> Caller:
        """Return the caller of a certificate (PEM)."""
        return self._authenticator.identify(certificate, self._register)

    def caller(self, call: Call) -> Caller:
        """Who makes a call: a system, the bearer of a code that it made, or the operator of a command."""
        if call.operator is not None:
            return Caller(call.operator.id, call.operator)
        if call.bearer_of:
            return self._authenticator.bearer(call.bearer_of, self._register)
        return self.identify(call.certificate)

    async def refuse(self, caller: Caller, act: Act, refusal: Refusal) -> Refusal:
        """Record a refusal, in its own entry or its burst's; a ledger failure is returned instead."""
        register = self._register or _NOTHING  # unknown items are not named

        def entry() -> Entry:
            return act.refused(caller.requester, refusal, register, self.pseudonyms)

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
        task = asyncio.create_task(self.refuse(caller, act, refusal))
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)

    async def drain(self) -> None:
        """Wait for refusals being recorded, and record those that are only counted."""
        await asyncio.gather(*self._recording, return_exceptions=True)
        await self._bursts.close()
