"""The node's job that records licenses and seals as expired."""

from exchange.licensing.expiry import record_expired
from exchange.node.registrars import make_appender
from exchange.pki.key_vault import KeyVault
from exchange.sealing.office import SealOffice, operator
from exchange.settings import Settings
from registry.connection import pool
from registry.ledger.leaf import Pseudonyms
from registry.register import ledger_key_states, read_register


async def expire(settings: Settings, url: str) -> int:
    """Record licenses and seals past their end; return how many."""
    vault = KeyVault.of(settings)
    async with pool(url, 1) as connections, connections.acquire() as connection:
        register = await read_register(connection)
        appender = make_appender(settings, vault, await ledger_key_states(connection))
        licenses = await record_expired(connection, register, appender, Pseudonyms(vault.pseudonym_key()))
        office = SealOffice(connections, vault, appender)
        return licenses + await office.expire(connection, operator("registry").entry)
