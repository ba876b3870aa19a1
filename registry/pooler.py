"""Detection of poolers that share connections, behind which registers cannot work.

LISTEN, session locks and prepared statements belong to one server connection. A pooler in session mode reserves it for
a client, which is fine; in transaction or statement mode it does not.
"""

import asyncpg

from registry.connection import connect
from registry.errors import RuleError, StorageError
from registry.postgres_errors import LOST_STATEMENT, NO_TRANSACTION, reason, sqlstate

_ROUNDS = 3
_PID = "SELECT pg_backend_pid()"
_RULE = (
    "leads to a pooler in transaction or statement mode (PgBouncer's pool_mode), behind which changes of the register "
    "are not heard (LISTEN) and locks do not hold; give the URL of PostgreSQL itself, or pool_mode = session"
)


async def require_own_session(url: str) -> None:
    """Refuse a database whose connections are shared by clients.

    Raises:
        RuleError: they are shared; names the setting and the remedy.
        StorageError: the database does not answer.
    """
    connection = await connect(url)
    try:
        if await is_shared(connection, url):
            raise RuleError("database.url", _RULE)
    finally:
        await connection.close()


async def is_shared(connection: asyncpg.Connection, url: str) -> bool:
    """Return whether the server process behind a connection changes, or serves other clients in between.

    Raises:
        StorageError: the database does not answer.
    """
    try:
        own = await connection.fetchval(_PID)
        if own == connection.get_server_pid():  # the process id from the handshake; a pooler invents one
            return False
        other = await connect(url)
        try:
            for _ in range(_ROUNDS):
                async with other.transaction():
                    beside = await other.fetchval(_PID)
                if own == beside or await connection.fetchval(_PID) != own:
                    return True
        finally:
            await other.close()
    except asyncpg.PostgresError as error:
        if sqlstate(error) in LOST_STATEMENT or NO_TRANSACTION in str(error):
            return True
        raise StorageError(f"database: does not answer ({reason(error)})") from error
    return False
