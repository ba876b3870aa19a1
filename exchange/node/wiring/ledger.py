"""The wiring of appenders for this node's ledger."""

from exchange.paths import published
from exchange.pki.key_vault import KeyVault
from exchange.settings import Settings
from registry.agencies import State
from registry.database import Database
from registry.ledger.appender import TransactionalAppender
from registry.register import ledger_key_states


async def ledger_states(database: Database) -> dict[str, State]:
    """Return the state of each ledger key on record."""
    async with database.connection() as connection:
        return await ledger_key_states(connection)


def make_appender(settings: Settings, vault: KeyVault, states: dict[str, State]) -> TransactionalAppender:
    """Return the appender of this node's ledger; ``states`` of its keys by name."""
    return TransactionalAppender(vault.ledger_signers(states), vault.ledger_keys(), published(settings))
