"""Registrars whose changes go on this node's ledger."""

from exchange.authority import Vault
from exchange.settings import Settings
from exchange.storage import published
from registry.agencies import State
from registry.database import Database
from registry.ledger.doubt import check_head
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
    vault = Vault.of(settings)

    async def check() -> None:
        connection = await database.dedicated()
        try:
            await check_head(connection, vault.ledger_keys(), published(settings))
        finally:
            await connection.close()

    return Registrar(database, vault.ledger_signers(await ledger_states(database)), actor, check)
