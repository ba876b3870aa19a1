"""Wiring of commands and of the node's own acts: a data folder, and a ledger without its writer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from exchange.acts.road import Road
from exchange.node.wiring.folder import DataFolder, open_folder
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.node.wiring.state import state_of
from exchange.sealing.store import SealStore
from exchange.settings import Settings
from registry.connection import pool
from registry.ledger.appender import TransactionalAppender
from registry.ledger.direct import DirectLedger
from registry.ledger.leaf import Pseudonyms
from registry.register import Register

_NO_LIMIT = float("inf")


@dataclass(frozen=True)
class DirectFolder(DataFolder):
    """An opened data folder whose acts are recorded without the ledger writer."""

    appender: TransactionalAppender
    road: Road

    async def read(self) -> Register:
        """Return the registers as they are now, by which the road decides from here on."""
        register = await self.register()
        self.road.state = state_of(register, self.vault)
        return register

    @asynccontextmanager
    async def seal_store(self) -> AsyncIterator[SealStore]:
        """Open the store of seals."""
        async with pool(self.database.url, 2) as connections:
            yield SealStore(connections, self.vault, self.appender)


@asynccontextmanager
async def open_direct(settings: Settings, url: str = "") -> AsyncIterator[DirectFolder]:
    """Open a data folder to act on it, as ``open_folder``; it closes once refusals are recorded.

    Raises:
        RegistryError: says what is wrong with the database.
    """
    async with open_folder(settings, url) as folder:
        appender = make_appender(settings, folder.vault, await ledger_states(folder.database))
        ledger = DirectLedger(folder.database, appender)
        road = Road(ledger, Pseudonyms(folder.vault.pseudonym_key()), _NO_LIMIT)
        direct = DirectFolder(settings, folder.database, appender, road)
        await direct.read()
        try:
            yield direct
        finally:
            await road.drain()
