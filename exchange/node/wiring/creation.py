"""Creates a data folder, and upgrades the schema of its database."""

import shutil
from contextlib import suppress
from pathlib import Path

from exchange.node.wiring.folder import vault_of
from exchange.node.wiring.postgres import database_url, embedded, embedded_url
from exchange.pki.seal_ca import NationalAuthority
from exchange.settings import FILE, Settings, load_settings
from keys.errors import UnsupportedError
from keys.store import write_private
from registry.connection import create_database
from registry.database import Database
from registry.errors import RegistryError, RuleError

_MADE = ("datasets", "keys", "certificates", "postgres")


async def make_data_folder(data: Path, settings_text: str) -> Settings:
    """Write settings, keys, certificates and database; if a step fails, all is removed.

    Raises:
        RuleError: the folder already has a node.
    """
    if (data / FILE).exists():
        raise RuleError(str(data), "there is a node in this folder already")
    data.mkdir(parents=True, exist_ok=True)
    fresh = [path for name in _MADE if not (path := data / name).exists()]
    try:
        return await _make_node(data, settings_text)
    except BaseException:
        for path in fresh:
            if path.name == "postgres" and path.exists():
                with suppress(RegistryError):  # the first error is reported
                    embedded(data).stop()
            shutil.rmtree(path, ignore_errors=True)
        (data / FILE).unlink(missing_ok=True)
        raise


async def _make_node(data: Path, settings_text: str) -> Settings:
    (data / "datasets").mkdir(exist_ok=True)
    write_private(data / FILE, settings_text.encode())
    settings = load_settings(data)
    if not settings.database.url and " " in str(settings.data):
        raise RuleError(str(data), "the embedded PostgreSQL needs a path without spaces")
    vault = vault_of(settings)
    vault.create(settings.node.names)
    with suppress(UnsupportedError):  # without SM2 a node makes no seals, and reports that on request
        NationalAuthority(vault).create()
    if not settings.database.url:
        await create_database(embedded_url(settings, "postgres"), "yici")
    await upgrade_schema(settings)
    return settings


async def upgrade_schema(settings: Settings) -> bool:
    """Bring the schema of a node's database to this version; return whether that changed it."""
    database = Database(database_url(settings))
    try:
        return await database.upgrade()
    finally:
        await database.close()
