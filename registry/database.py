"""The database: its engine, transactions, and schema version."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from registry.connection import connect
from registry.errors import RuleError, SchemaError, StorageError
from registry.pooler import require_own_session
from registry.postgres_errors import reason

_MIGRATIONS = Path(__file__).parent / "migrations"
_POOL = 4
_COMMAND_SECONDS = 30.0


class Database:
    """Connections to the registry's PostgreSQL, by URL (``postgresql://…``)."""

    def __init__(self, url: str) -> None:
        self.url = url
        if not url.startswith(("postgresql://", "postgres://")):
            raise RuleError("database.url", "must be postgresql://user:password@host/name")
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(url, _COMMAND_SECONDS),  # the driver parses the URL, options included
            pool_size=_POOL,
            pool_pre_ping=True,
        )

    async def close(self) -> None:
        """Close every pooled connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection in a transaction, committed at the end of the block, rolled back on an exception.

        Raises:
            StorageError: the database does not answer, or refuses the statement.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise StorageError(f"database: does not answer, or refuses ({reason(error)})") from error

    async def dedicated(self) -> asyncpg.Connection:
        """Open a connection outside the pool for exclusive use, such as by a listener.

        Raises:
            StorageError: the database does not answer.
        """
        return await connect(self.url)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Open a connection outside the pool, closed at the end of the block.

        Raises:
            StorageError: the database does not answer.
        """
        connection = await self.dedicated()
        try:
            yield connection
        finally:
            await connection.close()

    async def upgrade(self) -> bool:
        """Upgrade the schema to this version; return whether that changed it.

        Raises:
            RuleError: the database is not UTF-8, or its connections are shared by a pooler.
        """
        await require_own_session(self.url)
        async with self.transaction() as connection:
            await _require_utf8(connection)
            before = await _version(connection)
            await connection.run_sync(_upgrade)
            return before != await _version(connection)

    async def require_current_schema(self) -> None:
        """Refuse a schema of another version.

        Raises:
            RuleError: the database is not UTF-8, or its connections are shared by a pooler.
            SchemaError: the schema is older or newer; says which, and what to do.
        """
        await require_own_session(self.url)
        known = max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
        async with self.transaction() as connection:
            await _require_utf8(connection)
            found = await _version(connection)
        if found != known:
            raise SchemaError(
                f"database schema: found {found or 'none'}, this version knows {known}; run: yici db upgrade"
            )


async def _version(connection: AsyncConnection) -> str:
    """Return the schema's version, which is empty for an empty database."""
    found = await connection.scalar(text("SELECT to_regclass('alembic_version')::text"))
    return str(await connection.scalar(text("SELECT version_num FROM alembic_version")) if found else "")


async def _require_utf8(connection: AsyncConnection) -> None:
    """Refuse a database whose encoding cannot represent every name, or is undefined."""
    found = await connection.scalar(text("SHOW server_encoding"))
    if found != "UTF8":
        raise RuleError("database.url", f"must be a database in UTF8; the encoding of this one is {found}")


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # takes a third of a second, and serving does not need it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
