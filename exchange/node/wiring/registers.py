"""The wiring of what changes registers outside of workers: seals, expiry, revocation lists."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from exchange.licensing.expiry import record_expired
from exchange.node import revocation
from exchange.node.wiring.ledger import ledger_states, make_appender, make_registrar
from exchange.pki.key_vault import KeyVault
from exchange.sealing.office import SealOffice, operator
from exchange.settings import Settings
from registry.connection import pool
from registry.database import Database
from registry.ledger.leaf import Pseudonyms
from registry.register import ledger_key_states, read_register


@asynccontextmanager
async def seal_office(settings: Settings, database: Database) -> AsyncIterator[SealOffice]:
    """Open the office of seals, for commands on the node's host."""
    vault = KeyVault.of(settings)
    appender = make_appender(settings, vault, await ledger_states(database))
    async with pool(database.url, 2) as connections:
        yield SealOffice(connections, vault, appender)


async def expire(settings: Settings, url: str) -> int:
    """Record expired licenses and seals; return how many."""
    vault = KeyVault.of(settings)
    async with pool(url, 1) as connections, connections.acquire() as connection:
        register = await read_register(connection)
        appender = make_appender(settings, vault, await ledger_key_states(connection))
        licenses = await record_expired(connection, register, appender, Pseudonyms(vault.pseudonym_key()))
        office = SealOffice(connections, vault, appender)
        return licenses + await office.expire(connection, operator("registry").entry)


async def publish_revocations(settings: Settings, url: str, *, only_due: bool = False) -> None:
    """Write the CRLs of the registers at ``url``; see ``exchange.node.revocation``."""
    database = Database(url)
    try:
        registrar = await make_registrar(settings, database, "node")
        await revocation.publish(KeyVault.of(settings), database, registrar, only_due=only_due)
    finally:
        await database.close()
