"""The node's turn at recording licenses and seals as expired."""

from exchange.licensing.expiry import record_expired
from exchange.node.registrars import make_pen
from exchange.pki.authority import Vault
from exchange.sealing.office import SealOffice, operator
from exchange.settings import Settings
from registry.connection import pool
from registry.ledger.leaf import Pseudonyms
from registry.register import ledger_key_states, read_register
from registry.seals.life import SealRole


async def expire(settings: Settings, url: str) -> int:
    """Record what is past its end; returns how many licenses and seals."""
    vault = Vault.of(settings)
    async with pool(url, 1) as connections, connections.acquire() as connection:
        register = await read_register(connection)
        pen = make_pen(settings, vault, await ledger_key_states(connection))
        licenses = await record_expired(connection, register, pen, Pseudonyms(vault.pseudonym_key()))
        office = SealOffice(connections, vault, pen)
        return licenses + await office.expire(connection, operator("registry", SealRole.REGISTRY).entry)
