"""Connections to PostgreSQL: single ones, for work that owns one (the ledger, listeners, verifiers), and pools."""

import secrets
from itertools import count

import asyncpg

from registry.errors import RuleError, StorageError
from registry.postgres_errors import is_method_unknown, reason

CONNECT_SECONDS = 10.0


class UniqueConnection(asyncpg.Connection):  # type: ignore[misc]  # untyped upstream
    """A connection whose prepared statements have names that no other connection uses.

    asyncpg numbers them by process, so behind a pooler that hands a server connection to several clients a name may
    mean another client's statement, and its rows are another question's. A name that is used once means one statement
    or none.
    """

    _numbers = count()

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._own_names = secrets.token_hex(12)

    def _get_unique_id(self, prefix: str) -> str:
        return f"yici_{prefix}_{self._own_names}_{next(self._numbers):x}"  # shorter than PostgreSQL's 63 bytes


async def connect(url: str, command_seconds: float | None = None) -> asyncpg.Connection:
    """One asyncpg connection; no statement on it waits longer than ``command_seconds``.

    Raises:
        StorageError: the database does not answer; says where it was looked for.
        RuleError: the URL is none that the driver understands.
    """
    try:
        return await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, command_timeout=command_seconds, connection_class=UniqueConnection
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise StorageError(f"database at {_place(url)}: does not answer ({reason(error)})") from error
    except (ValueError, TypeError, OverflowError, asyncpg.InterfaceError) as error:
        rule = "must be postgresql://user:password@host:port/name, with options that PostgreSQL knows"
        raise RuleError("database.url", reason(error) if is_method_unknown(error) else rule) from error


def _place(url: str) -> str:
    """Host and database of a URL, without its password."""
    return url.rpartition("@")[2].partition("?")[0] or "its socket"


def pool(url: str, size: int, command_seconds: float | None = None) -> asyncpg.Pool:
    """Up to ``size`` connections, to be opened by ``async with`` or ``await``.

    A connection that comes back is rolled back, and not otherwise reset: nothing here leaves session state behind, and
    asyncpg's own reset is a round trip for every use.
    """
    return asyncpg.create_pool(
        url, min_size=1, max_size=size, command_timeout=command_seconds, reset=_leave, connection_class=UniqueConnection
    )


async def _leave(_connection: asyncpg.Connection) -> None:
    """Nothing to reset."""


async def create_database(server_url: str, name: str) -> None:
    """Create a database on a server if it is not there.

    Raises:
        StorageError: the server does not answer or refuses.
    """
    connection = await connect(server_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    except asyncpg.PostgresError as error:
        raise StorageError(f"database {name}: {type(error).__name__}") from error
    finally:
        await connection.close()
