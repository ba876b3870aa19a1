"""Connections to PostgreSQL: single ones for exclusive use (ledger, listeners, verifiers), and pools."""

import secrets
from itertools import count

import asyncpg

from registry.errors import RuleError, StorageError
from registry.postgres_errors import is_method_unknown, reason

CONNECT_SECONDS = 10.0
DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What statements raise if the database does not answer, ends meanwhile or refuses them; timeouts are an OSError."""


class UniqueConnection(asyncpg.Connection):  # type: ignore[misc]  # untyped upstream
    """A connection whose names of prepared statements are unique across clients.

    asyncpg numbers statements by process. Behind a pooler that shares a server connection between clients, such a name
    may refer to another client's statement, and return its rows. A unique name refers to one statement, or to none.
    """

    _numbers = count()

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._own_names = secrets.token_hex(12)

    def _get_unique_id(self, prefix: str) -> str:
        return f"yici_{prefix}_{self._own_names}_{next(self._numbers):x}"  # within PostgreSQL's 63 bytes


async def connect(url: str, command_seconds: float | None = None) -> asyncpg.Connection:
    """Open an asyncpg connection, on which a statement takes at most ``command_seconds``.

    Raises:
        StorageError: the database does not answer; names its address.
        RuleError: the driver cannot parse the URL.
    """
    try:
        return await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, command_timeout=command_seconds, connection_class=UniqueConnection
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
        raise StorageError(f"database at {_address(url)}: does not answer ({reason(error)})") from error
    except (ValueError, TypeError, OverflowError, asyncpg.InterfaceError) as error:
        rule = "must be postgresql://user:password@host:port/name, with options that PostgreSQL knows"
        raise RuleError("database.url", reason(error) if is_method_unknown(error) else rule) from error


def _address(url: str) -> str:
    """Return host and database of a URL, without its password."""
    return url.rpartition("@")[2].partition("?")[0] or "its socket"


def pool(url: str, size: int, command_seconds: float | None = None) -> asyncpg.Pool:
    """Return a pool of up to ``size`` connections, to be opened by ``async with`` or ``await``.

    A released connection is rolled back but not reset: no session state is used, and asyncpg's own reset would cost a
    round trip for every use.
    """
    return asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=command_seconds,
        reset=_do_not_reset,
        connection_class=UniqueConnection,
    )


async def _do_not_reset(_connection: asyncpg.Connection) -> None:
    """Replace asyncpg's reset, since there is nothing to reset."""


async def create_database(server_url: str, name: str) -> None:
    """Create a database on a server unless it exists.

    Raises:
        StorageError: the server does not answer, or refuses.
    """
    connection = await connect(server_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    except asyncpg.PostgresError as error:
        raise StorageError(f"database {name}: {type(error).__name__}") from error
    finally:
        await connection.close()
