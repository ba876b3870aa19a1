"""An existing data folder, opened for a command that changes nothing and discloses nothing personal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from exchange.paths import database_url
from exchange.settings import Settings, load_settings
from registry.connection import connect
from registry.database import Database
from registry.register import Register, read_register


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[tuple[Settings, Database]]:
    """A data folder's settings and database; what changes or discloses something is an act: ``acting.py``."""
    settings = load_settings(data)
    database = Database(database_url(settings))
    try:
        await database.require_current_schema()
        yield settings, database
    finally:
        await database.close()


async def register_of(data: Path) -> Register:
    """Return the current registers of a data folder."""
    async with opened(data) as (_, database):
        return await register_now(database.url)


async def register_now(url: str) -> Register:
    """Return the current registers in a database."""
    connection = await connect(url)
    try:
        return await read_register(connection)
    finally:
        await connection.close()
