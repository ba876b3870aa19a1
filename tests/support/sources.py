"""A department's table in every kind of source: PostgreSQL, SQLite, MariaDB, REST, files, licenses."""

import asyncio
import csv
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.parquet
import pytest
import uvicorn
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.description import Description
from adapters.file import FileSource
from adapters.rest import RestSource
from adapters.rest_service import RestAccess
from adapters.source import Source
from adapters.sql import SqlSource
from registry.identifiers import SubjectKind
from registry.parsing import parse
from tests.support.license_source import licenses_source
from tests.support.pgbouncer import pgbouncer

ONE, TWO, NOBODY = "110105194912310011", "650102199406180284", "320502195204255134"
DOUBLE, BROKEN = "32050220000617111X", "110105200001010016"
CITIZEN = SubjectKind.CITIZEN_ID
HEADER = ("SFZH", "XM", "XB", "RQ", "JE")
ROWS = [
    (ONE, "张三", "1", "20200131", "10.50"),
    (TWO, "阿依努尔·买买提", "2", "19940618", "7"),
    (DOUBLE, "李四", "1", "20000617", "1"),
    (DOUBLE, "李四", "1", "20000617", "2"),
]


def description(*, single: bool = False, drop: dict[str, str] | None = None, **keys: Any) -> Description:
    """Return the table's description; ``keys`` are key columns, ``drop`` is the layout of a drop."""
    return parse(
        Description,
        {
            "catalogue": {
                "id": "test.things", "title": "事", "title_en": "Things", "source": "113205000000140157",
                "sharing": "conditional", "keys": ["citizen_id"], "update_cycle": "daily",
                "fields": [
                    {"name": "name", "title": "姓名", "title_en": "Name"},
                    {"name": "sex", "title": "性别", "title_en": "Sex", "type": "code", "codes": {"male": "男", "female": "女"}},
                    {"name": "day", "title": "日", "title_en": "Day", "type": "date"},
                    {"name": "amount", "title": "额", "title_en": "Amount", "type": "decimal"},
                ],
            },
            "connection": "x", "table": "things", "single": single, "drop": drop or {}, "keys": {"citizen_id": {"column": "SFZH", **keys} if keys else "SFZH"},
            "fields": {
                "name": {"column": "XM"}, "sex": {"column": "XB", "codes": {"1": "male", "2": "female"}},
                "day": {"column": "RQ", "format": "%Y%m%d"}, "amount": {"column": "JE"},
            },
        },
        "test",
    )  # fmt: skip


@asynccontextmanager
async def postgres_source(
    rows: list[tuple[Any, ...]], folder: Path, url: str, *, of_type: str = "text", address: str = "", **options: Any
) -> AsyncIterator[Source]:
    connection = await asyncpg.connect(url)
    await connection.execute(f'CREATE TABLE things ("SFZH" {of_type}, "XM" text, "XB" text, "RQ" text, "JE" text)')
    await connection.copy_records_to_table("things", records=rows)
    await connection.close()
    source = SqlSource(description(**options), address or url, 10.0 if address else 2.0)
    yield source
    await source.close()


@asynccontextmanager
async def pooled_source(rows: list[tuple[Any, ...]], folder: Path, url: str, **options: Any) -> AsyncIterator[Source]:
    with pgbouncer(url, folder) as pooled:
        async with postgres_source(rows, folder, url, address=pooled, **options) as source:
            yield source


@asynccontextmanager
async def sqlite_source(
    rows: list[tuple[Any, ...]], folder: Path, url: str, *, of_type: str = "text", **options: Any
) -> AsyncIterator[Source]:
    with sqlite3.connect(folder / "things.sqlite") as store:
        store.execute(f"CREATE TABLE things (SFZH {of_type}, XM TEXT, XB TEXT, RQ TEXT, JE TEXT)")
        store.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", rows)
    store.close()
    source = SqlSource(description(**options), f"sqlite:///{folder / 'things.sqlite'}", 2.0)
    yield source
    await source.close()


@asynccontextmanager
async def mariadb_source(
    rows: list[tuple[Any, ...]], folder: Path, url: str, *, of_type: str = "varchar(64)", **options: Any
) -> AsyncIterator[Source]:
    with mariadb_of_one() as address:
        async with _mariadb_source(rows, address, of_type, **options) as source:
            yield source


@contextmanager
def mariadb_of_one() -> Iterator[str]:
    """Yield the URL of a MariaDB database, locked for one test at a time; skip if there is none."""
    address = os.environ.get("YICI_MARIADB_URL")
    if not address:
        pytest.skip("no MariaDB: set YICI_MARIADB_URL (mariadb://user:password@host/database)")
    lock = Path(gettempdir()) / f"yici-{sha256(address.encode()).hexdigest()[:8]}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield address


@asynccontextmanager
async def _mariadb_source(
    rows: list[tuple[Any, ...]], address: str, of_type: str, **options: Any
) -> AsyncIterator[Source]:
    engine = create_async_engine(address.replace("mariadb://", "mariadb+aiomysql://"))
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS things"))
        await connection.execute(
            text(f"CREATE TABLE things (SFZH {of_type}, XM text, XB text, RQ text, JE text) CHARACTER SET utf8mb4")
        )
        for row in rows:
            await connection.execute(
                text("INSERT INTO things VALUES (:a, :b, :c, :d, :e)"), dict(zip("abcde", row, strict=True))
            )
    await engine.dispose()
    source = SqlSource(description(**options), address, 5.0)
    yield source
    await source.close()


class Department:
    """A department's REST service with configurable faults."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows
        self.answer: Callable[[Any], Awaitable[Response]] | None = None
        self.requests = 0
        self.at_base = 404

    async def base(self, _: Request) -> Response:
        return Response(status_code=self.at_base)

    async def look_up(self, request: Request) -> Response:
        self.requests += 1
        body = await request.json()
        if self.answer is not None:
            return await self.answer(body)
        keys = body["SFZH"] if isinstance(body["SFZH"], list) else [body["SFZH"]]
        return JSONResponse({"data": [dict(zip(HEADER, row, strict=True)) for row in self.rows if row[0] in keys]})


@asynccontextmanager
async def department(rows: list[tuple[Any, ...]]) -> AsyncIterator[tuple[Department, str]]:
    found = Department(rows)
    app = Starlette(routes=[Route("/things", found.look_up, methods=["POST"]), Route("/", found.base)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield found, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@asynccontextmanager
async def rest_source(
    rows: list[tuple[Any, ...]], folder: Path, url: str, *, batch: bool = True, seconds: float = 2.0, **options: Any
) -> AsyncIterator[Source]:
    async with department(rows) as (_, address):
        source = RestSource(description(**options), RestAccess(address, batch), seconds)
        yield source
        await source.close()


@asynccontextmanager
async def single_rest_source(
    rows: list[tuple[Any, ...]], folder: Path, url: str, **options: Any
) -> AsyncIterator[Source]:
    async with rest_source(rows, folder, url, batch=False, seconds=30.0, **options) as source:
        yield source


def write_csv(path: Path, rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def write_xlsx(path: Path, rows: list[tuple[Any, ...]]) -> None:
    book = Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)


def write_parquet(path: Path, rows: list[tuple[Any, ...]]) -> None:
    pyarrow.parquet.write_table(pa.table({name: [row[at] for row in rows] for at, name in enumerate(HEADER)}), path)


def file_kind(suffix: str, write: Callable[[Path, list[tuple[Any, ...]]], None]) -> Callable[..., Any]:
    @asynccontextmanager
    async def file_source(rows: list[tuple[Any, ...]], folder: Path, url: str, **options: Any) -> AsyncIterator[Source]:
        write(folder / f"things{suffix}", rows)
        source = FileSource(description(**options), folder, folder / "indexes")
        yield source
        await source.close()

    return file_source


KINDS = {
    "postgresql": postgres_source, "pgbouncer": pooled_source, "sqlite": sqlite_source, "mariadb": mariadb_source, "rest": rest_source,
    "rest-single": single_rest_source, "csv": file_kind(".csv", write_csv), "xlsx": file_kind(".xlsx", write_xlsx),
    "parquet": file_kind(".parquet", write_parquet), "licenses": licenses_source,
}  # fmt: skip
