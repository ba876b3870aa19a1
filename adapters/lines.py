"""Kept connections to a department's database, without pool check-out and reset between statements.

Behind a pooler in transaction mode, the server process behind a connection changes. Names of prepared statements are
unique to a connection, so the executed statement is either the prepared one or an error. After the first such error
the source sends each statement unnamed, parsed and executed in one message. A plain PostgreSQL never needs that.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.codecs import connect_arguments, set_codecs
from adapters.errors import UnavailableError
from adapters.sql_errors import LostStatementError, translate
from registry.connection import UniqueConnection

_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
    "sqlite": "sqlite+aiosqlite",
}
_CONNECTIONS = 2
_MAX_PORT = 65535
_PORT = "url: its port must be a number up to 65535"


@dataclass(frozen=True, slots=True)
class _Line:
    """A kept connection, its engine, and the driver's own connection beneath it."""

    connection: AsyncConnection
    engine: AsyncEngine
    driver: Any


class Lines:
    """Up to two kept connections to one database."""

    def __init__(self, url: str, seconds: float) -> None:
        """Parse the URL; ``seconds`` bounds any one statement.

        Raises:
            UnavailableError: the URL is not one that SQLAlchemy understands.
        """
        try:
            self._url = make_url(url)
            if self._url.port and self._url.port > _MAX_PORT:
                raise UnavailableError(_PORT)
            self._engine = _engine(self._url, whole=False)
        except ValueError as error:
            raise UnavailableError(_PORT) from error
        except (ArgumentError, InvalidRequestError) as error:
            raise UnavailableError("url: not one for an asynchronous SQLAlchemy dialect") from error
        except ImportError as error:
            raise UnavailableError(f"url: its driver is not installed here ({error.name})") from error
        self.dialect: Dialect = self._engine.dialect
        self.raw = _RAW.get(self.dialect.name)
        self._seconds = seconds
        self._file = Path(self._url.database) if self.dialect.name == "sqlite" and self._url.database else None
        self._idle: list[_Line] = []
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._whole = False

    async def execute(self, statement: Any, parameters: dict[str, Any]) -> Sequence[Any]:
        """Execute a statement and return its rows; a text gets its keys through the driver itself.

        Raises:
            SourceError: the statement failed.
        """
        async with self._slots:
            try:
                if not self._idle:
                    return await self._execute_on(None, statement, parameters)
                try:
                    return await self._execute_on(self._idle.pop(), statement, parameters)
                except LostStatementError:
                    raise
                except UnavailableError:  # the connection may have ended while idle, as after a restart of the database
                    return await self._execute_on(None, statement, parameters)
            except LostStatementError:
                self._send_whole()
                return await self._execute_on(None, statement, parameters)

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self._url.render_as_string(hide_password=True)

    async def stream(self, statement: Any, lot: int) -> AsyncGenerator[Sequence[Any], None]:
        """Execute a long statement on a connection of its own, and yield its rows in lots.

        Raises:
            SourceError: the statement failed.
        """
        line = None
        try:
            line = await asyncio.wait_for(self._connect(), self._seconds)
            if self.dialect.name == "postgresql":  # PostgreSQL's cursors need a transaction
                await line.connection.execution_options(isolation_level="READ COMMITTED")
            options = {"yield_per": lot}
            result = await asyncio.wait_for(line.connection.stream(statement, execution_options=options), self._seconds)
            lots = result.partitions(lot)
            while rows := await asyncio.wait_for(anext(lots, None), self._seconds):
                yield rows
        except (TimeoutError, SQLAlchemyError, OSError, asyncpg.InterfaceError) as error:
            raise translate(error) from error
        finally:
            if line is not None:
                await _close_quietly(line)

    async def close(self) -> None:
        """Close every connection."""
        for line in self._idle:
            await line.connection.close()
        await self._engine.dispose()

    def _send_whole(self) -> None:
        if not self._whole:
            self._whole, self._engine = True, _engine(self._url, whole=True)

    async def _execute_on(self, line: _Line | None, statement: Any, parameters: dict[str, Any]) -> Sequence[Any]:
        """Execute on a kept connection or on a new one, and keep it if the statement succeeds."""
        try:
            async with asyncio.timeout(self._seconds):
                line = line or await self._connect()
                if self.raw is not None and isinstance(statement, str):
                    rows = await self.raw(line.driver, statement, parameters["keys"])
                else:
                    rows = (await line.connection.execute(statement, parameters)).all()
        except BaseException as error:
            if line is not None:
                await _close_quietly(line)
            if isinstance(error, TimeoutError | SQLAlchemyError | OSError | UnicodeError | asyncpg.InterfaceError):
                raise translate(error) from error
            raise
        if line.engine is self._engine:
            self._idle.append(line)
        else:
            await _close_quietly(line)
        return rows

    async def _connect(self) -> _Line:
        if self._file is not None and not self._file.exists():  # SQLite would create an empty file
            raise UnavailableError("the source's database file is not there")
        engine = self._engine
        try:
            connection = await engine.connect()
        except TypeError as error:
            raise UnavailableError("url: has an option that the driver does not know") from error
        driver = (await connection.get_raw_connection()).driver_connection
        if isinstance(driver, asyncpg.Connection):
            await set_codecs(driver)
        return _Line(connection, engine, driver)


async def _close_quietly(line: _Line) -> None:
    with suppress(Exception):  # closing a broken connection may fail
        await line.connection.invalidate()
        await line.connection.close()


def _engine(url: URL, *, whole: bool) -> AsyncEngine:
    driver = _DRIVERS.get(url.drivername, url.drivername)
    options = connect_arguments(driver)
    if driver == _DRIVERS["postgresql"]:
        options["connection_class"] = UniqueConnection
        if whole:  # asyncpg then parses an unnamed statement in the message that executes it
            options["statement_cache_size"] = 0
    return create_async_engine(
        url.set(drivername=driver), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=options
    )


async def _fetch_postgresql(raw: Any, statement: str, keys: Sequence[str]) -> Sequence[Any]:
    """Execute a lookup with asyncpg, which keeps it prepared, and return its rows."""
    try:
        return await raw.fetch(statement, keys)  # type: ignore[no-any-return]  # asyncpg's
    except asyncpg.PostgresError as error:
        raise DBAPIError(statement, None, error) from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:  # the latter on a lost connection
        raise OperationalError(statement, None, error) from error


async def _fetch_sqlite(raw: Any, statement: str, keys: Sequence[str]) -> Sequence[Any]:
    """Execute a lookup with aiosqlite, in one visit to its thread, and return its rows."""
    try:
        return await raw.execute_fetchall(statement, (orjson.dumps(keys).decode(),))  # type: ignore[no-any-return]
    except sqlite3.OperationalError as error:
        raise OperationalError(statement, None, error) from error
    except sqlite3.Error as error:
        raise DBAPIError(statement, None, error) from error


_RAW = {"postgresql": _fetch_postgresql, "sqlite": _fetch_sqlite}
"""The drivers that take a lookup's text directly, compiled once by SQLAlchemy; SQLAlchemy's own execution would take
half the time of a short lookup (docs/benchmarks/experiments.md)."""
