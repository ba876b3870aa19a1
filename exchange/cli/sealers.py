"""Acts on the register of seals: on the node's host as its operator, or through a node as a system."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.cli.acting import reason
from exchange.cli.connecting import basis_of, connect
from exchange.node.wiring.host import at_host
from exchange.sealing.access import over_seal
from exchange.sealing.store import Actor, SealStore, by_operator
from exchange.settings import load_settings
from registry.errors import NotOnRecordError
from registry.seals.records import get_seal, usable_state
from registry.seals.seal import Application, Seal
from registry.seals.states import SealChange

_KIND = "register.seal"
Doing = Callable[[Permit[Command], SealStore, Actor, Seal], Awaitable[Seal]]
"""What is done to a seal on record."""


class Sealer(Protocol):
    """Acts on the register of seals; each returns the changed seal."""

    def apply(self, wanted: Application) -> Any:
        """Apply for a seal; its default name is that of its agency and kind."""

    def change(self, number: str, change: SealChange) -> Any:
        """Change a seal's state."""

    def hand_over(self, number: str, custodian: str) -> Any:
        """Transfer a seal to another custodian."""

    def make(self, number: str) -> Any:
        """Make an approved seal."""


@dataclass(frozen=True, slots=True)
class HostSealer:
    """Acts with a data folder's database and keys, as the operator of the host."""

    data: Path
    why: str

    def apply(self, wanted: Application) -> Seal:
        """Apply for a seal of any agency on record."""

        async def work(permit: Permit[Command], store: SealStore) -> Seal:
            agency = permit.state.register.agencies.get(wanted.agency)
            if agency is None:
                raise NotOnRecordError("agency: not on record")
            return await store.apply(by_operator(permit), wanted, agency)

        return self._act(Command("seal.apply", _KIND, reason(self.why)), work)

    def change(self, number: str, change: SealChange) -> Seal:
        """Change a seal's state; publish the revocation lists if it is destroyed."""

        async def work(_permit: Permit[Command], store: SealStore, actor: Actor, seal: Seal) -> Seal:
            return await store.change(actor, seal, change, self.why)

        fresh = self._on_seal(number, change.value, work)
        if change is SealChange.DESTROY:
            asyncio.run(self._publish())
        return fresh

    def hand_over(self, number: str, custodian: str) -> Seal:
        """Transfer a seal to another custodian."""

        async def work(_permit: Permit[Command], store: SealStore, actor: Actor, seal: Seal) -> Seal:
            return await store.hand_over(actor, seal, custodian, self.why)

        return self._on_seal(number, "hand-over", work)

    def make(self, number: str) -> Seal:
        """Make an approved seal."""

        async def work(permit: Permit[Command], store: SealStore, actor: Actor, seal: Seal) -> Seal:
            return await store.make(actor, seal, permit.state.register.agencies[seal.agency])

        return self._on_seal(number, "make", work)

    def _on_seal(self, number: str, word: str, work: Doing) -> Seal:
        async def known(permit: Permit[Command], store: SealStore) -> Seal | Refusal:
            actor = by_operator(permit)
            async with store.pool.acquire() as connection:
                seal = await get_seal(connection, number)
            if seal is None:
                raise NotOnRecordError("seal: no such seal")
            over = over_seal(permit, seal, actor.person)
            return over if isinstance(over, Refusal) else await work(permit, store, actor, seal)

        return self._act(Command(f"seal.{word}", _KIND, reason(self.why)), known, number)

    def _act(
        self,
        command: Command,
        work: Callable[[Permit[Command], SealStore], Awaitable[Seal | Refusal]],
        number: str = "",
    ) -> Seal:
        async def run() -> Seal:
            async with at_host(load_settings(self.data)) as host, host.seal_store() as store:
                async with store.pool.acquire() as connection:
                    on_record = await usable_state(connection, number)
                about = replace(command, object=number) if on_record else command
                return await host.act(about, lambda permit: work(permit, store))

        return asyncio.run(run())

    async def _publish(self) -> None:
        async with at_host(load_settings(self.data)) as host:
            await host.publish_revocations()


@dataclass(frozen=True, slots=True)
class SystemSealer:
    """Acts through a node as an enrolled system, which names the officer."""

    credentials: Path
    address: str
    basis: list[str]
    trust: Path
    why: str

    def apply(self, wanted: Application) -> Any:
        """Apply for a seal of the system's own agency."""
        return self._ask(
            lambda client, basis: client.apply(
                basis, wanted.kind, wanted.name, wanted.custodian, wanted.holder, wanted.years
            )
        )

    def change(self, number: str, change: SealChange) -> Any:
        """Change a seal's state."""
        return self._ask_about(number, lambda client, basis, seal: client.change(basis, seal, change, self.why))

    def hand_over(self, number: str, custodian: str) -> Any:
        """Transfer a seal to another custodian."""
        return self._ask_about(number, lambda client, basis, seal: client.hand_over(basis, seal, custodian, self.why))

    def make(self, number: str) -> Any:
        """Make an approved seal."""
        return self._ask_about(number, lambda client, basis, seal: client.make(basis, seal))

    def _ask_about(self, number: str, work: Callable[[Any, Any, Any], Awaitable[Any]]) -> Any:
        async def found(client: Any, basis: Any) -> Any:
            return await work(client, basis, await client.get(basis, number))

        return self._ask(found)

    def _ask(self, work: Callable[[Any, Any], Awaitable[Any]]) -> Any:
        from exchange.client.seals import SealClient  # noqa: PLC0415  # gRPC is not needed at the host

        async def run() -> Any:
            basis = basis_of(self.basis)
            async with connect(SealClient, self.address, self.credentials, self.trust) as client:
                return await work(client, basis)

        return asyncio.run(run())
