"""A node's data folder, opened for what only reads it: settings, keys, database and registers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exchange.node.wiring.postgres import database_url
from exchange.paths import published
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import trust_bundle
from exchange.settings import Settings
from keys.trust import TrustBundle
from registry.database import Database
from registry.reading import read_register
from registry.register import Register, seal_certificates


@dataclass(frozen=True)
class DataFolder:
    """An opened data folder; what changes or discloses something needs a ``Host``."""

    settings: Settings
    database: Database

    @cached_property
    def vault(self) -> KeyVault:
        """The node's keys and certificates."""
        return vault_of(self.settings)

    @property
    def published(self) -> Path:
        """The file of the last published checkpoint."""
        return published(self.settings)

    async def register(self) -> Register:
        """Return the registers as they are now."""
        async with self.database.connection() as connection:
            return await read_register(connection)

    async def trust(self) -> TrustBundle:
        """Return what others need to check this node's evidence."""
        async with self.database.connection() as connection:
            return trust_bundle(self.vault, await seal_certificates(connection))


@asynccontextmanager
async def open_folder(settings: Settings, url: str = "") -> AsyncIterator[DataFolder]:
    """Open a data folder with the database at ``url``, or with its own, which is started if needed.

    Raises:
        RegistryError: says what is wrong with the database.
    """
    database = Database(url or database_url(settings))
    try:
        await database.require_current_schema()
        yield DataFolder(settings, database)
    finally:
        await database.close()


def vault_of(settings: Settings) -> KeyVault:
    """Return the keys and certificates of a data folder, for what needs no database.

    Raises:
        RuleError: the password file of the settings cannot be read.
    """
    return KeyVault.of(settings)
