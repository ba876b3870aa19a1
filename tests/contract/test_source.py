"""One contract for every kind of source: the same lookups, the same answers, errors of one family."""

import asyncio
import csv
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
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
from adapters.errors import MalformedError, RefusedError, SlowError, SourceError, UnavailableError
from adapters.file import FileSource
from adapters.rest import RestAccess, RestSource
from adapters.source import Source
from adapters.sql import SqlSource
from registry.identifiers import SubjectKind
from registry.parsing import parse
from tests.contract.license_source import licenses_source

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


def description(*, single: bool = False) -> Description:
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
            "connection": "x", "table": "things", "single": single, "keys": {"citizen_id": "SFZH"},
            "fields": {
                "name": {"column": "XM"}, "sex": {"column": "XB", "codes": {"1": "male", "2": "female"}},
                "day": {"column": "RQ", "format": "%Y%m%d"}, "amount": {"column": "JE"},
            },
        },
        "test",
    )  # fmt: skip


@asynccontextmanager
async def postgres_source(rows: list[tuple[str, ...]], folder: Path, url: str, **options: Any) -> AsyncIterator[Source]:
    connection = await asyncpg.connect(url)
    await connection.execute('CREATE TABLE things ("SFZH" text, "XM" text, "XB" text, "RQ" text, "JE" text)')
    await connection.copy_records_to_table("things", records=rows)
    await connection.close()
    source = SqlSource(description(**options), url, 2.0)
    yield source
    await source.close()


@asynccontextmanager
async def sqlite_source(rows: list[tuple[str, ...]], folder: Path, url: str, **options: Any) -> AsyncIterator[Source]:
    with sqlite3.connect(folder / "things.sqlite") as store:
        store.execute("CREATE TABLE things (SFZH TEXT, XM TEXT, XB TEXT, RQ TEXT, JE TEXT)")
        store.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", rows)
    store.close()
    source = SqlSource(description(**options), f"sqlite:///{folder / 'things.sqlite'}", 2.0)
    yield source
    await source.close()


@asynccontextmanager
async def mariadb_source(rows: list[tuple[str, ...]], folder: Path, url: str, **options: Any) -> AsyncIterator[Source]:
    address = os.environ.get("YICI_MARIADB_URL")
    if not address:
        pytest.skip("no MariaDB: set YICI_MARIADB_URL (mariadb://user:password@host/database)")
    engine = create_async_engine(address.replace("mariadb://", "mariadb+aiomysql://"))
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS things"))
        await connection.execute(
            text("CREATE TABLE things (SFZH varchar(18), XM text, XB text, RQ text, JE text) CHARACTER SET utf8mb4")
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
    """A department's REST service that can be made to misbehave."""

    def __init__(self, rows: list[tuple[str, ...]]) -> None:
        self.rows = rows
        self.answer: Callable[[Any], Awaitable[Response]] | None = None
        self.requests = 0

    async def look_up(self, request: Request) -> Response:
        self.requests += 1
        body = await request.json()
        if self.answer is not None:
            return await self.answer(body)
        keys = body["SFZH"] if isinstance(body["SFZH"], list) else [body["SFZH"]]
        return JSONResponse({"data": [dict(zip(HEADER, row, strict=True)) for row in self.rows if row[0] in keys]})


@asynccontextmanager
async def department(rows: list[tuple[str, ...]]) -> AsyncIterator[tuple[Department, str]]:
    found = Department(rows)
    app = Starlette(routes=[Route("/things", found.look_up, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield found, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@asynccontextmanager
async def rest_source(
    rows: list[tuple[str, ...]], folder: Path, url: str, *, batch: bool = True, **options: Any
) -> AsyncIterator[Source]:
    async with department(rows) as (_, address):
        source = RestSource(description(**options), RestAccess(address, batch), 2.0)
        yield source
        await source.close()


@asynccontextmanager
async def single_rest_source(
    rows: list[tuple[str, ...]], folder: Path, url: str, **options: Any
) -> AsyncIterator[Source]:
    async with rest_source(rows, folder, url, batch=False, **options) as source:
        yield source


def write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def write_xlsx(path: Path, rows: list[tuple[str, ...]]) -> None:
    book = Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)


def write_parquet(path: Path, rows: list[tuple[str, ...]]) -> None:
    pyarrow.parquet.write_table(pa.table({name: [row[at] for row in rows] for at, name in enumerate(HEADER)}), path)


def file_kind(suffix: str, write: Callable[[Path, list[tuple[str, ...]]], None]) -> Callable[..., Any]:
    @asynccontextmanager
    async def file_source(rows: list[tuple[str, ...]], folder: Path, url: str, **options: Any) -> AsyncIterator[Source]:
        write(folder / f"things{suffix}", rows)
        source = FileSource(description(**options), folder, folder / "indexes")
        yield source
        await source.close()

    return file_source


KINDS = {
    "postgresql": postgres_source, "sqlite": sqlite_source, "mariadb": mariadb_source, "rest": rest_source,
    "rest-single": single_rest_source, "csv": file_kind(".csv", write_csv), "xlsx": file_kind(".xlsx", write_xlsx),
    "parquet": file_kind(".parquet", write_parquet), "licenses": licenses_source,
}  # fmt: skip


@pytest.fixture(params=KINDS)
def open_source(request: pytest.FixtureRequest, tmp_path: Path, url: str) -> Callable[..., Any]:
    return lambda rows=ROWS, **options: KINDS[request.param](rows, tmp_path, url, **options)


def test_it_answers_in_catalogue_fields_and_codes_and_no_others(open_source: Callable[..., Any]) -> None:
    async def run() -> None:
        async with open_source() as source:
            before = datetime.now(UTC)
            found = await source.fetch(CITIZEN, [ONE, TWO, NOBODY], ["name", "sex", "day", "amount"], 5)
            assert found.records == {
                ONE: [{"name": "张三", "sex": "male", "day": "2020-01-31", "amount": "10.50"}],
                TWO: [{"name": "阿依努尔·买买提", "sex": "female", "day": "1994-06-18", "amount": "7"}],
            }
            assert abs((found.as_of - before).total_seconds()) < 60
            only = await source.fetch(CITIZEN, [ONE], ["sex"], 5)
            assert only.records == {ONE: [{"sex": "male"}]}

    asyncio.run(run())


def test_several_records_a_subject_are_all_there(open_source: Callable[..., Any]) -> None:
    async def run() -> None:
        async with open_source() as source:
            found = await source.fetch(CITIZEN, [DOUBLE], ["amount"], 5)
            assert sorted(record["amount"] for record in found.records[DOUBLE]) == ["1", "2"]

    asyncio.run(run())


def test_two_people_for_one_id_are_an_error_not_an_answer(open_source: Callable[..., Any]) -> None:
    async def run() -> None:
        async with open_source(single=True) as source:
            with pytest.raises(SourceError):
                await source.fetch(CITIZEN, [DOUBLE], ["amount"], 5)

    asyncio.run(run())


def test_garbage_is_an_error_that_names_the_field_and_never_the_value(open_source: Callable[..., Any]) -> None:
    async def run() -> None:
        async with open_source([*ROWS, (BROKEN, "王五", "9", "notaday", "x")]) as source:
            with pytest.raises(SourceError) as caught:
                await source.fetch(CITIZEN, [BROKEN], ["day"], 5)
            assert "notaday" not in str(caught.value)

    asyncio.run(run())


def test_many_at_once_are_answered_each_with_its_own(open_source: Callable[..., Any]) -> None:
    async def run() -> None:
        async with open_source() as source:
            answers = await asyncio.gather(*[source.fetch(CITIZEN, [key], ["name"], 5) for key in (ONE, TWO) * 50])
            assert all(list(answer.records) == [(ONE, TWO)[at % 2]] for at, answer in enumerate(answers))
            assert (await source.health()).ready

    asyncio.run(run())


def test_ten_thousand_keys_are_one_lookup(open_source: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    async def run() -> None:
        async with open_source() as source:
            count = 200 if "rest-single" in request.node.name else 10_000  # that service takes one key a request
            keys = [f"{number:018d}" for number in range(count - 1)] + [ONE]
            assert list((await source.fetch(CITIZEN, keys, ["name"], 30)).records) == [ONE]

    asyncio.run(run())


def test_an_sql_source_that_is_gone_is_unavailable_and_comes_back(tmp_path: Path, url: str) -> None:
    async def run() -> None:
        source = SqlSource(description(), "postgresql://postgres@127.0.0.1:1/none", 1.0)
        with pytest.raises(UnavailableError):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        assert not (await source.health()).ready
        await source.close()
        async with postgres_source(ROWS, tmp_path, url) as source:
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
            admin = await asyncpg.connect(url)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await admin.close()
            with pytest.raises(UnavailableError):
                await source.fetch(CITIZEN, [ONE], ["name"], 5)
            assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records

    asyncio.run(run())


def test_a_table_that_is_not_as_described_is_malformed(tmp_path: Path, url: str) -> None:
    async def run() -> None:
        source = SqlSource(description(), url, 1.0)
        with pytest.raises(MalformedError, match="not as described"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()

    asyncio.run(run())


def test_a_slow_source_costs_its_caller_only_the_time_it_has(tmp_path: Path, url: str) -> None:
    async def run() -> None:
        async with postgres_source(ROWS, tmp_path, url) as source:
            locker = await asyncpg.connect(url)
            transaction = locker.transaction()
            await transaction.start()
            await locker.execute("LOCK TABLE things")
            waiting = [asyncio.create_task(source.fetch(CITIZEN, [ONE], ["name"], seconds)) for seconds in (0.1, 1.9)]
            with pytest.raises(SlowError):
                await waiting[0]
            assert not waiting[1].done()
            await transaction.rollback()
            assert (await waiting[1]).records
            await locker.close()

    asyncio.run(run())


async def _fault(body: Any, status: int = 200, content: bytes | None = None) -> Response:
    return Response(content, status) if content is not None else JSONResponse(body, status)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: _fault({}, 401), RefusedError), (lambda _: _fault({}, 404), MalformedError),
        (lambda _: _fault({"rows": []}), MalformedError), (lambda _: _fault({"data": {}}), MalformedError),
        (lambda _: _fault(None, content=b"<html>"), MalformedError), (lambda _: _fault({"data": [{"SFZH": NOBODY}]}), MalformedError),
        (lambda _: _fault({"data": ["x"]}), MalformedError), (lambda _: _fault({}, 503), UnavailableError),
    ],
)  # fmt: skip
def test_a_service_that_misbehaves_is_an_error_of_the_family(answer: Any, error: type[SourceError]) -> None:
    async def run() -> None:
        async with department(ROWS) as (service, address):
            source = RestSource(description(), RestAccess(address), 2.0)
            service.answer = answer
            with pytest.raises(error):
                await source.fetch(CITIZEN, [ONE], ["name"], 5)
            await source.close()

    asyncio.run(run())


def test_a_service_that_recovers_in_time_is_tried_again_and_one_that_does_not_is_left_alone() -> None:
    async def run() -> None:
        async with department(ROWS) as (service, address):
            source = RestSource(description(), RestAccess(address), 2.0)
            failures = iter([503, 503])

            async def recovering(body: Any) -> Response:
                status = next(failures, None)
                service.answer = None if status is None else recovering
                return JSONResponse({}, status or 502)

            service.answer = recovering
            with pytest.raises(UnavailableError):
                await source.fetch(CITIZEN, [ONE], ["name"], 5)
            assert service.requests == 3
            assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records
            service.answer = lambda _: _fault({}, 503)
            for _ in range(3):
                with pytest.raises(UnavailableError):
                    await source.fetch(CITIZEN, [ONE], ["name"], 5)
            before = service.requests
            with pytest.raises(UnavailableError, match="left alone"):
                await source.fetch(CITIZEN, [ONE], ["name"], 5)
            assert service.requests == before
            await source.close()

    asyncio.run(run())


def test_a_malformed_drop_is_refused_whole_and_the_last_good_one_stays(tmp_path: Path) -> None:
    async def run() -> None:
        drop = tmp_path / "things.csv"
        write_csv(drop, ROWS)
        source = FileSource(description(), tmp_path, tmp_path / "indexes")
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records

        async def replace(write: Callable[[], Any]) -> str:
            await asyncio.sleep(0.01)
            write()
            source._looked_at = -10
            return (await source.health()).detail

        for bad, rule in (
            ([*ROWS, ("123", "x", "1", "20200101", "1")], "row 6"),
            ([*ROWS, (ONE, "x", "1", "2020-01-01", "1")], "row 6: day"),
            ([*ROWS, (ONE, "x", "1")], "columns"),
        ):
            assert rule in await replace(lambda rows=bad: write_csv(drop, rows))
            assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records == {ONE: [{"name": "张三"}]}
        assert "not a readable CSV" in await replace(lambda: drop.write_bytes(b"\xff\xfe\x00broken"))
        assert await replace(lambda: write_csv(drop, [(ONE, "改名", "1", "20200131", "1")])) == ""
        assert (await source.fetch(CITIZEN, [ONE, TWO], ["name"], 5)).records == {ONE: [{"name": "改名"}]}
        await source.close()

    asyncio.run(run())


def test_no_drop_at_all_is_unavailable(tmp_path: Path) -> None:
    async def run() -> None:
        source = FileSource(description(), tmp_path, tmp_path / "indexes")
        with pytest.raises(UnavailableError, match="no drop"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()

    asyncio.run(run())


def test_a_key_that_the_database_spells_otherwise_is_the_same_subject(tmp_path: Path) -> None:
    key = "11010519491231002X"

    async def run() -> None:
        with sqlite3.connect(tmp_path / "things.sqlite") as store:
            store.execute("CREATE TABLE things (SFZH TEXT COLLATE NOCASE, XM TEXT, XB TEXT, RQ TEXT, JE TEXT)")
            store.execute("INSERT INTO things VALUES (?, '王五', '1', '   ', '1')", [key.lower()])
        store.close()
        source = SqlSource(description(), f"sqlite:///{tmp_path / 'things.sqlite'}")
        found = await source.fetch(CITIZEN, [key], ["name", "day"], 5)
        assert found.records == {key: [{"name": "王五"}]}  # and a blank column is no value
        await source.close()

    asyncio.run(run())


def test_one_broken_record_fails_only_those_who_asked_for_it(tmp_path: Path, url: str) -> None:
    async def run() -> None:
        async with postgres_source([*ROWS, (BROKEN, "王五", "9", "notaday", "x")], tmp_path, url) as source:
            work = [source.fetch(CITIZEN, [key], ["sex"], 5) for key in (ONE, BROKEN, TWO)]
            found = await asyncio.gather(*work, return_exceptions=True)
            assert isinstance(found[1], MalformedError)
            assert not isinstance(found[0], BaseException)
            assert not isinstance(found[2], BaseException)

    asyncio.run(run())


def test_a_changed_description_is_not_answered_from_an_old_index(tmp_path: Path) -> None:
    from dataclasses import replace

    from adapters.description import Column

    async def run() -> None:
        write_csv(tmp_path / "things.csv", ROWS)
        first = description()
        swapped = replace(first, fields=dict(first.fields) | {"sex": Column("XB", {"1": "female", "2": "male"})})
        for shape, sex in ((first, "male"), (swapped, "female")):
            source = FileSource(shape, tmp_path, tmp_path / "indexes")
            assert (await source.fetch(CITIZEN, [ONE], ["sex"], 5)).records == {ONE: [{"sex": sex}]}
            await source.close()

    asyncio.run(run())
