"""Wiring of commands on the node's host, which are acts of an operator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from exchange.acts.call import Call
from exchange.acts.command import Command, opening_of
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Operator
from exchange.errors import ExchangeError
from exchange.node.login import host_operator
from exchange.node.wiring.direct import DirectFolder, open_direct
from exchange.node.wiring.registers import publish_revocations
from exchange.sealing.service import SealService
from exchange.settings import Settings
from keys.errors import KeysError
from registry.errors import LedgerError, RegistryError
from registry.ledger.leaf import Entry
from registry.registrar import Registrar

T = TypeVar("T")

_NO_LIMIT = float("inf")


@dataclass(frozen=True)
class Host(DirectFolder):
    """The objects of a command, and the operator who runs it."""

    operator: Operator

    async def act(self, command: Command, work: Callable[[Permit[Command]], Awaitable[T | Refusal]]) -> T:
        """Perform a command's act; ``work`` records its entry.

        Raises:
            ExchangeError: it is refused, which is on the record.
            RegistryError, KeysError, OSError: as ``work`` does; the failure is on the record.
        """
        failure: list[Exception] = []

        async def told(permit: Permit[Command]) -> T | Refusal:
            try:
                return await work(permit)
            except (RegistryError, KeysError, OSError) as error:  # whose own words say more than a reason
                failure.append(error)
                raise

        found = await perform(self.road, Call(command.words, b"", _NO_LIMIT, by=self.operator), command, told)
        if not isinstance(found, Refusal):
            return found
        unrecorded = found.reason in (Reason.LEDGER_UNAVAILABLE, Reason.CLOCK_IN_DOUBT)
        if failure and (not unrecorded or isinstance(failure[0], LedgerError)):
            raise failure[0]
        raise ExchangeError(found.reason.status, found.reason.name, found.detail, found.field)

    async def record(self, entry: Entry) -> None:
        """Record an entry, before what it records is done or disclosed."""
        await self.road.ledger.record(entry)

    def registrar(self, why: str) -> Registrar:
        """Return a registrar that records the operator as author."""
        actor = opening_of(self.operator, why).officer
        return Registrar(self.database, self.appender, actor, self.operator.known_by, why)

    @asynccontextmanager
    async def seal_service(self) -> AsyncIterator[SealService]:
        """Open the service of seals, for calls of systems."""
        async with self.seal_store() as store:
            publish = partial(publish_revocations, self.settings, self.database.url)
            yield SealService(self.road, store, store.pool, publish)

    async def publish_revocations(self) -> None:
        """Write new revocation lists, with what was just revoked."""
        await publish_revocations(self.settings, self.database.url)


@asynccontextmanager
async def at_host(settings: Settings) -> AsyncIterator[Host]:
    """Open a data folder for the operator who runs this process.

    Raises:
        RegistryError: says what is wrong with the database.
    """
    async with open_direct(settings) as direct:
        yield Host(settings, direct.database, direct.appender, direct.road, host_operator())
