"""The schema's version, and what a database must be to have one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from registry.connection import DATABASE_ERRORS, connect
from registry.errors import RuleError, SchemaError, StorageError
from registry.pooler import require_own_session
from registry.postgres_errors import reason

MIGRATIONS = Path(__file__).parent / "migrations"


def before(migration: str) -> str:
    """Return the revision before a migration, given as its file: the one with the next lower number."""
    return max(number for number in _numbers() if number < Path(migration).name[:4])


def _numbers() -> list[str]:
    return [path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")]


async def require_current_schema(url: str) -> None:
    """Refuse a schema of another version.

    Raises:
        RuleError: the database is not UTF-8, or its connections are shared by a pooler.
        SchemaError: the schema is older or newer; says which, and what to do.
        StorageError: the database does not answer.
    """
    known = max(_numbers())
    found = await schema_version(url)
    if found != known:
        raise SchemaError(f"database schema: found {found or 'none'}, this version knows {known}; run: yici db upgrade")


async def schema_version(url: str) -> str:
    """Return the schema's version, which is empty for an empty database.

    Raises:
        RuleError, StorageError: see ``require_current_schema``.
    """
    await require_own_session(url)
    async with _connection(url) as connection:
        await _require_utf8(connection)
        found = await connection.fetchval("SELECT to_regclass('alembic_version')::text")
        return str(await connection.fetchval("SELECT version_num FROM alembic_version")) if found else ""


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url)
    try:
        yield connection
    except DATABASE_ERRORS as error:
        raise StorageError(f"database: does not answer, or refuses ({reason(error)})") from error
    finally:
        await connection.close()


async def _require_utf8(connection: asyncpg.Connection) -> None:
    """Refuse a database whose encoding cannot represent every name, or is undefined."""
    found = await connection.fetchval("SHOW server_encoding")
    if found != "UTF8":
        raise RuleError("database.url", f"must be a database in UTF8; the encoding of this one is {found}")
