"""The node's turn at recording licenses as expired."""

from exchange.authority import Vault
from exchange.licensing.expiry import record_expired
from exchange.settings import Settings
from registry.connection import connect
from registry.ledger.leaf import Pseudonyms
from registry.register import ledger_key_states, read_register


async def expire_licenses(settings: Settings, url: str) -> int:
    """Record what is past its end; returns how many licenses."""
    vault = Vault.of(settings)
    connection = await connect(url)
    try:
        register = await read_register(connection)
        states = await ledger_key_states(connection)
        return await record_expired(
            connection, register, vault.ledger_signers(states), Pseudonyms(vault.pseudonym_key())
        )
    finally:
        await connection.close()
