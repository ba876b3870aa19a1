"""The database: its engine, transactions, and the upgrade of its schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import asyncpg

from registry.connection import DATABASE_ERRORS, connect
from registry.errors import RuleError, StorageError
from registry.postgres_errors import reason
from registry.schema import MIGRATIONS, require_current_schema, schema_version

if TYPE_CHECKING:  # SQLAlchemy is a third of what a process imports, and some processes only read
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_POOL = 4
_COMMAND_SECONDS = 30.0


class Database:
    """Connections to the registry's PostgreSQL, by URL (``postgresql://…``)."""

    def __init__(self, url: str) -> None:
        self.url = url
        if not url.startswith(("postgresql://", "postgres://")):
            raise RuleError("database.url", "must be postgresql://user:password@host/name")

    async def close(self) -> None:
        """Close every pooled connection."""
        if "_engine" in self.__dict__:
            await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[AsyncConnection]":
        """Open a connection in a transaction, committed at the end of the block, rolled back on an exception.

        Raises:
            StorageError: the database does not answer, or refuses the statement.
        """
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415  # see above

        try:
            async with self._engine.begin() as connection:
                yield connection
        except (*DATABASE_ERRORS, SQLAlchemyError) as error:
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
        before = await schema_version(self.url)
        async with self.transaction() as connection:
            await connection.run_sync(_upgrade)
        return before != await schema_version(self.url)

    async def require_current_schema(self) -> None:
        """Refuse a schema of another version; see ``registry.schema``."""
        await require_current_schema(self.url)

    @cached_property
    def _engine(self) -> "AsyncEngine":
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  # see above

        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(self.url, _COMMAND_SECONDS),  # the driver parses the URL, options included
            pool_size=_POOL,
            pool_pre_ping=True,
        )


def _upgrade(connection: "Connection") -> None:
    from alembic import command  # noqa: PLC0415  # takes a third of a second, and serving does not need it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
