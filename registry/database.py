"""The one database: its engine, and its schema's version."""

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
            async_creator=lambda: connect(url, _COMMAND_SECONDS),  # the URL is the driver's to read, options and all
            pool_size=_POOL,
            pool_pre_ping=True,
        )

    async def close(self) -> None:
        """Close every pooled connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection in one transaction: committed when the block ends, rolled back when it raises.

        Raises:
            StorageError: the database does not answer or refuses the statement.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise StorageError(f"database: does not answer, or refuses ({reason(error)})") from error

    async def dedicated(self) -> asyncpg.Connection:
        """A connection outside the pool, for work that owns one: the ledger's writer, the register's listener.

        Raises:
            StorageError: the database does not answer.
        """
        return await connect(self.url)

    async def upgrade(self) -> None:
        """Bring the schema to this version.

        Raises:
            RuleError: the database is not UTF-8, or behind a pooler that shares connections.
        """
        await require_own_session(self.url)
        async with self.transaction() as connection:
            await _require_utf8(connection)
            await connection.run_sync(_upgrade)

    async def require_current_schema(self) -> None:
        """Refuse a schema that this version does not know.

        Raises:
            RuleError: the database is not UTF-8, or behind a pooler that shares connections.
            SchemaError: the schema is older or newer; says which, and what to do.
        """
        await require_own_session(self.url)
        known = max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
        async with self.transaction() as connection:
            await _require_utf8(connection)
            found = await connection.scalar(text("SELECT to_regclass('alembic_version')::text"))
            if found:
                found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found != known:
            raise SchemaError(
                f"database schema: found {found or 'none'}, this version knows {known}; run: yici db upgrade"
            )


async def _require_utf8(connection: AsyncConnection) -> None:
    """Refuse a database that cannot hold every name, or holds bytes of which no one knows what they mean."""
    found = await connection.scalar(text("SHOW server_encoding"))
    if found != "UTF8":
        raise RuleError("database.url", f"must be a database in UTF8; the encoding of this one is {found}")


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # a third of a second that serving does not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
