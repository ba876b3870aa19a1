"""Tests of SQL sources: unavailable, slow or different databases, and spellings of keys."""

import asyncio
import os
import sqlite3
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.errors import MalformedError, RefusedError, SlowError, UnavailableError
from adapters.source import KEYS_UNREACHABLE
from adapters.sql import SqlSource
from tests.support.sources import BROKEN, CITIZEN, ONE, ROWS, TWO, description, mariadb_source, postgres_source


async def test_an_sql_source_that_is_gone_is_unavailable_and_comes_back(tmp_path: Path, url: str) -> None:
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
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records  # the idle connection causes no failure


async def test_an_abandoned_statement_is_ended_at_the_database(tmp_path: Path, url: str) -> None:
    async with postgres_source(ROWS, tmp_path, url) as source:
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
        locker = await asyncpg.connect(url)
        active = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        async with locker.transaction():
            await locker.execute("LOCK TABLE things IN ACCESS EXCLUSIVE MODE")
            asked = asyncio.create_task(source.fetch(CITIZEN, [ONE], ["name"], 0.4))
            await asyncio.sleep(0.2)
            assert await locker.fetchval(active) == 1
            with pytest.raises(SlowError):
                await asked
            await asyncio.sleep(0.4)
            assert await locker.fetchval(active) == 0
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records
        await locker.close()


@pytest.mark.parametrize(
    ("url", "rule"), [("nowhere", "asynchronous"), ("oracle+oracledb_async://x", "driver is not installed"), ("sqlite+pysqlite://", "asynchronous")]
)  # fmt: skip
def test_an_unusable_url_is_reported(url: str, rule: str) -> None:
    with pytest.raises(UnavailableError, match=rule):
        SqlSource(description(), url)


async def test_an_absent_mariadb_is_reported_in_words(tmp_path: Path, url: str) -> None:
    async with mariadb_source(ROWS, tmp_path, url):
        source = SqlSource(description(), f"{os.environ['YICI_MARIADB_URL']}_of_another")
        with pytest.raises(RefusedError, match="no such database, or no right to it"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()


async def test_an_account_that_may_not_read_is_refused(tmp_path: Path, url: str) -> None:
    async with postgres_source(ROWS, tmp_path, url):
        admin = await asyncpg.connect(url)
        await admin.execute("DROP ROLE IF EXISTS bystander; CREATE ROLE bystander LOGIN")
        source = SqlSource(description(), url.replace("postgres:@", "bystander:@").replace("postgres@", "bystander@"))
        with pytest.raises(RefusedError, match="refuses this account"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()
        await admin.execute("DROP ROLE bystander")
        await admin.close()


async def test_a_table_that_is_not_as_described_is_malformed(tmp_path: Path, url: str) -> None:
    source = SqlSource(description(), url, 1.0)
    with pytest.raises(MalformedError, match="not as described"):
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
    await source.close()


async def test_a_slow_source_costs_its_caller_only_the_time_it_has(tmp_path: Path, url: str) -> None:
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


async def test_a_key_that_the_database_spells_otherwise_is_the_same_subject(tmp_path: Path) -> None:
    key = "11010519491231002X"

    with sqlite3.connect(tmp_path / "things.sqlite") as store:
        store.execute("CREATE TABLE things (SFZH TEXT COLLATE NOCASE, XM TEXT, XB TEXT, RQ TEXT, JE TEXT)")
        store.execute("INSERT INTO things VALUES (?, '王五', '1', '   ', '1')", [key.lower()])
    store.close()
    source = SqlSource(description(), f"sqlite:///{tmp_path / 'things.sqlite'}")
    found = await source.fetch(CITIZEN, [key], ["name", "day"], 5)
    assert found.records == {key: [{"name": "王五"}]}  # and a blank column is no value
    await source.close()


async def test_a_malformed_record_fails_its_own_subject_alone(tmp_path: Path, url: str) -> None:
    async with postgres_source([*ROWS, (BROKEN, "王五", "9", "notaday", "x")], tmp_path, url) as source:
        found = await source.fetch(CITIZEN, [ONE, BROKEN, TWO], ["sex"], 5)
        assert sorted(found.records) == sorted([ONE, TWO])
        assert found.malformed == {BROKEN: "sex: the source's value is not of the field's type"}


async def test_an_id_that_a_database_writes_with_a_small_x_is_found(tmp_path: Path, url: str) -> None:
    key = "11010519491231002X"

    async with postgres_source([(key.lower(), "王五", "1", "20200131", "1")], tmp_path, url) as source:
        assert (await source.fetch(CITIZEN, [key], ["name"], 5)).records == {key: [{"name": "王五"}]}


async def test_a_key_that_only_a_collation_takes_for_another_fails_no_lookup(tmp_path: Path, url: str) -> None:
    rows = [(f"{ONE}\u200b", *ROWS[0][1:]), *ROWS[1:]]

    kind = "varchar(64) COLLATE utf8mb4_unicode_ci"
    async with mariadb_source(rows, tmp_path, url, of_type=kind) as source:
        source.incomplete = ""  # type: ignore[attr-defined]  # as if it was counted before that row came
        found = await source.fetch(CITIZEN, [ONE, TWO], ["name"], 5)
        assert (list(found.records), found.incomplete) == ([TWO], KEYS_UNREACHABLE)


@pytest.mark.parametrize(
    ("of_type", "keys"),
    [("bigint", {}), ("numeric(18,0)", {}), ("uuid", {}), ("text", {"numeric": True}), ("text[]", {})],
)
async def test_a_key_column_of_another_kind_than_described_is_named(
    of_type: str, keys: dict[str, bool], tmp_path: Path, url: str
) -> None:
    async with postgres_source([], tmp_path, url, of_type=of_type, **keys) as source:
        health = await source.health()
        assert not health.ready
        assert health.detail.startswith("keys.citizen_id: SFZH: is not a ")
        with pytest.raises(MalformedError, match=r"^keys\.citizen_id: SFZH"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)


@pytest.mark.parametrize(("written", "read"), [("0.1", "0.1"), ("98.6", "98.6"), ("-7", "-7.0"), ("NaN", "")])
async def test_a_short_float_is_the_number_that_was_written(written: str, read: str, tmp_path: Path, url: str) -> None:
    async with postgres_source(ROWS[:1], tmp_path, url) as source:
        admin = await asyncpg.connect(url)
        await admin.execute(f"ALTER TABLE things ALTER \"JE\" TYPE real USING '{written}'::real")
        await admin.close()
        found = await source.fetch(CITIZEN, [ONE], ["amount"], 5)
        assert found.records.get(ONE, [{"amount": ""}])[0]["amount"] == read


async def test_a_float_that_its_store_rounds_is_no_value(tmp_path: Path, url: str) -> None:
    async with mariadb_source([(*ROWS[0][:4], "1234567")], tmp_path, url) as source:
        engine = create_async_engine(os.environ["YICI_MARIADB_URL"].replace("mariadb://", "mariadb+aiomysql://"))
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE things MODIFY JE float"))
        await engine.dispose()
        found = await source.fetch(CITIZEN, [ONE], ["amount"], 5)
        assert list(found.malformed) == [ONE]  # MariaDB would say 1234570
