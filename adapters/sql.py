"""Sources behind SQL: PostgreSQL, MariaDB/MySQL, SQLite, and any other dialect that SQLAlchemy knows by URL.

Concurrent lookups coalesce into one ``= ANY(…)`` (PostgreSQL) or ``IN (…)`` statement on a connection that the source
keeps: no pool check-out, no transaction, no reset between statements.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ARRAY, ColumnClause, Select, String, any_, bindparam, column, func, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.coalesce import STATEMENT_PACE, Coalescer
from adapters.codecs import connect_arguments, set_date_codecs
from adapters.description import Description, Mapper
from adapters.errors import MalformedError, RefusedError, SlowError, SourceError, UnavailableError
from adapters.gathering import Gathered
from adapters.plain import plain
from adapters.source import Fetched, Health
from registry.identifiers import SubjectKind

_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
    "sqlite": "sqlite+aiosqlite",
}
_CONNECTIONS = 2
_MAX_PORT = 65535
_KEYS_IN_STATEMENT = 5_000
_REFUSED = ("28000", "28P01", "42501")  # SQLSTATE: invalid authorization, wrong password, insufficient privilege


class SqlSource:
    """One table or view of a department's database."""

    def __init__(self, description: Description, url: str, statement_seconds: float = 30.0) -> None:
        """``statement_seconds`` bounds any one statement, whatever its callers can wait.

        Raises:
            SourceError: the URL is not one that SQLAlchemy understands.
        """
        try:
            parsed = make_url(url)
            if parsed.port and parsed.port > _MAX_PORT:
                raise UnavailableError("url: its port must be a number up to 65535")
            driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
            self._engine = create_async_engine(
                parsed.set(drivername=driver), poolclass=NullPool, isolation_level="AUTOCOMMIT",
                connect_args=connect_arguments(driver),
            )  # fmt: skip
        except ValueError as error:
            raise UnavailableError("url: its port must be a number up to 65535") from error
        except (ArgumentError, InvalidRequestError) as error:
            raise UnavailableError("url: not one for an asynchronous SQLAlchemy dialect") from error
        except ImportError as error:
            raise UnavailableError(f"url: its driver is not installed here ({error.name})") from error
        self._description = description
        self._seconds = statement_seconds
        self._rows = _RAW.get(self._engine.dialect.name)
        local = self._engine.dialect.name == "sqlite" and parsed.database
        self._file = Path(local) if local else None
        self._statements: dict[tuple[SubjectKind, tuple[str, ...]], tuple[Select[Any] | str, Mapper]] = {}
        self._idle: list[_Line] = []
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._coalescer = Coalescer(self._fetch_many, STATEMENT_PACE, ends=self._engine.dialect.name == "postgresql")

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """See ``Source``."""
        return await self._coalescer.fetch(kind, keys, fields, seconds)

    async def health(self) -> Health:
        """See ``Source``."""
        try:
            await self._execute(text("SELECT 1"), {})
        except SourceError as error:
            return Health(ready=False, detail=str(error))
        return Health(ready=True, as_of=datetime.now(UTC))

    async def close(self) -> None:
        """See ``Source``."""
        await self._coalescer.close()
        for line in self._idle:
            await line.connection.close()
        await self._engine.dispose()

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        statement, mapper = self._statement(kind, tuple(fields))
        as_of = datetime.now(UTC)
        gathered = Gathered(mapper, single=self._description.single)
        wanted = set(keys)
        for at in range(0, len(keys), _KEYS_IN_STATEMENT):
            asked = list(keys[at : at + _KEYS_IN_STATEMENT])
            asked += [lower for key in asked if (lower := key.lower()) != key]  # many a register writes a small x
            for row in await self._execute(statement, {"keys": asked}):
                key = row[0] if row[0] in wanted else _canonical(row[0])
                if key not in wanted:
                    raise MalformedError("the source's database answered a row that was not asked for")
                gathered.add(key, row[1:])
        return gathered.fetched(as_of)

    def _statement(self, kind: SubjectKind, fields: tuple[str, ...]) -> tuple[Select[Any] | str, Mapper]:
        found = self._statements.get((kind, fields))
        if found is None:
            mapper = Mapper(self._description, fields)
            schema, _, name = self._description.table.rpartition(".")
            columns: list[ColumnClause[Any]] = [
                column(item) for item in dict.fromkeys([self._description.keys[kind], *mapper.columns])
            ]
            source = table(name, *columns, schema=schema or None)
            key = source.c[self._description.keys[kind]]
            match self._engine.dialect.name:
                case "postgresql":
                    matches = key == any_(bindparam("keys", type_=ARRAY(String)))
                case "sqlite":
                    given = func.json_each(bindparam("keys")).table_valued("value")
                    matches = key.in_(select(given.c.value))
                case _:
                    matches = key.in_(bindparam("keys", expanding=True))
            wanted = [source.c[item].label(f"f{at}") for at, item in enumerate(mapper.columns)]
            lookup = select(key.label("k"), *wanted).where(matches)
            found = str(lookup.compile(dialect=self._engine.dialect)) if self._rows else lookup, mapper
            self._statements[kind, fields] = found
        return found

    async def _execute(self, statement: Any, parameters: dict[str, Any]) -> Sequence[Any]:
        async with self._slots:
            if not self._idle:
                return await self._execute_on(None, statement, parameters)
            try:
                return await self._execute_on(self._idle.pop(), statement, parameters)
            except UnavailableError:  # it may have ended while it lay idle, as when the database was restarted
                return await self._execute_on(None, statement, parameters)

    async def _execute_on(self, line: "_Line | None", statement: Any, parameters: dict[str, Any]) -> Sequence[Any]:
        """Execute on a kept connection, or on a fresh one, and keep it if it holds."""
        try:
            async with asyncio.timeout(self._seconds):
                line = line or await self._connect()
                if self._rows is not None and isinstance(statement, str):
                    rows = await self._rows(line.driver, statement, parameters["keys"])
                else:
                    rows = (await line.connection.execute(statement, parameters)).all()
        except BaseException as error:
            if line is not None:
                with suppress(Exception):  # a broken connection may not even close
                    await line.connection.invalidate()
                    await line.connection.close()
            if isinstance(error, TimeoutError | SQLAlchemyError | OSError):
                raise _translate(error) from error
            raise
        self._idle.append(line)
        return rows

    async def _connect(self) -> "_Line":
        if self._file is not None and not self._file.exists():  # SQLite would make an empty one
            raise UnavailableError("the source's database file is not there")
        connection = await self._engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        if isinstance(driver, asyncpg.Connection):
            await set_date_codecs(driver)
        return _Line(connection, driver)


def _canonical(key: Any) -> str:
    try:
        return plain(key).upper()
    except (TypeError, ValueError) as error:
        raise MalformedError("the source's database answered a row with a key that is none") from error


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection that the source keeps, and the driver's own beneath it."""

    connection: AsyncConnection
    driver: Any


async def _of_postgresql(raw: Any, statement: str, keys: Sequence[str]) -> Sequence[Any]:
    """The rows of a lookup, by asyncpg, which keeps it prepared."""
    try:
        return await raw.fetch(statement, keys)  # type: ignore[no-any-return]  # asyncpg's
    except asyncpg.PostgresError as error:
        raise DBAPIError(statement, None, error) from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:  # the latter as a connection is lost
        raise OperationalError(statement, None, error) from error


async def _of_sqlite(raw: Any, statement: str, keys: Sequence[str]) -> Sequence[Any]:
    """The rows of a lookup, by aiosqlite, in one visit to its thread."""
    try:
        return await raw.execute_fetchall(statement, (orjson.dumps(keys).decode(),))  # type: ignore[no-any-return]
    except sqlite3.OperationalError as error:
        raise OperationalError(statement, None, error) from error
    except sqlite3.Error as error:
        raise DBAPIError(statement, None, error) from error


_RAW = {"postgresql": _of_postgresql, "sqlite": _of_sqlite}
"""Where a lookup's text, compiled once by SQLAlchemy, goes straight to the driver: of the time of a short lookup, half
would otherwise go into SQLAlchemy's execution (measured: docs/adr/0005)."""


def _translate(error: Exception) -> SourceError:
    if isinstance(error, TimeoutError):
        return SlowError("the source's database did not answer in time")
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or getattr(
        getattr(error, "orig", None), "pgcode", None
    )
    if state in _REFUSED:
        return RefusedError("the source's database refuses this account")
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError) and not error.connection_invalidated:
        return MalformedError(f"the source's table is not as described ({type(error.orig).__name__})")
    return UnavailableError(f"the source's database does not answer ({type(error).__name__})")
