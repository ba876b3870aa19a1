"""What the acts of one process share: the node's state, identification, rates and the ledger."""

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
    """The one road's shared parts; ``state`` is replaced as a whole when the register changes."""

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
        """Who calls with a certificate (PEM)."""
        return self._authenticator.identify(certificate, self._register)

    def caller(self, call: Call) -> Caller:
        """Who makes a call: a system, or the bearer of a code that it made."""
        if call.bearer_of:
            return self._authenticator.bearer(call.bearer_of, self._register)
        return self.identify(call.certificate)

    async def refuse(self, caller: Caller, act: Act, refusal: Refusal) -> Refusal:
        """Put a refusal on the record, in an entry of its own or of its burst; the ledger's own failure is told."""
        register = self._register or _NOTHING  # what cannot be known to be on record is not named

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
        """Put a refusal on the record for which no caller waits any more."""
        task = asyncio.create_task(self.refuse(caller, act, refusal))
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)

    async def drain(self) -> None:
        """Wait for refusals that are being recorded, and record those that are only counted yet."""
        await asyncio.gather(*self._recording, return_exceptions=True)
        await self._bursts.close()
