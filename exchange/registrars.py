"""Registrars whose changes go on this node's ledger."""

from exchange.authority import Vault
from exchange.settings import Settings
from registry.agencies import State
from registry.database import Database
from registry.register import ledger_key_states
from registry.registrar import Registrar


async def ledger_states(database: Database) -> dict[str, State]:
    """The state of each ledger key on record."""
    connection = await database.dedicated()
    try:
        return await ledger_key_states(connection)
    finally:
        await connection.close()


async def make_registrar(settings: Settings, database: Database, actor: str) -> Registrar:
    """A registrar whose changes go on this node's ledger."""
    return Registrar(database, Vault.of(settings).ledger_signers(await ledger_states(database)), actor)
