"""Tests of codecs: dates out of range are bad values, and instants have their day in China."""

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.columns import Column
from adapters.description import Description
from adapters.sql import SqlSource
from tests.support.sources import CITIZEN, DOUBLE, NOBODY, ONE, TWO, description, mariadb_of_one


def dated(*no_end: str, text: bool = False) -> Description:
    shape = description()
    return replace(
        shape, fields=dict(shape.fields) | {"day": Column("RQ", no_end=no_end), "name": Column("RQ" if text else "XM")}
    )


async def day_of(source: SqlSource, key: str, field: str = "day") -> str:
    found = await source.fetch(CITIZEN, [key], [field], 5)
    return found.malformed.get(key) or found.records[key][0].get(field) or "none"


BAD = "day: the source's value is not of the field's type"
POSTGRESQL = [
    ("date", "1988-07-01", "1988-07-01"), ("date", "0001-01-01", "0001-01-01"), ("date", "infinity", BAD), ("date", "-infinity", BAD),
    ("date", "0044-03-15 BC", BAD), ("date", "20180-01-01", BAD), ("date", "9999-12-31", BAD),
    ("timestamp", "1988-07-01 00:00", "1988-07-01"), ("timestamp", "infinity", BAD), ("timestamp", "20180-01-01", BAD),
    ("timestamptz", "1988-07-01 00:00 Asia/Shanghai", "1988-07-01"), ("timestamptz", "2018-05-22T16:00:00Z", "2018-05-23"),
    ("timestamptz", "1900-06-01 00:00 Asia/Shanghai", "1900-06-01"), ("timestamptz", "infinity", BAD), ("timestamptz", "0044-03-15 BC", BAD),
    ("timestamptz", "9999-12-31 23:59:59+00", BAD),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
async def test_dates_of_postgresql_are_exact_and_a_bad_one_is_its_record_s(kind: str, url: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f'CREATE TABLE things ("SFZH" text, "RQ" {kind}, "XM" text)')
    cases = [(f"K{at}", value, day) for at, (of, value, day) in enumerate(POSTGRESQL) if of == kind]
    for key, value, _ in cases:
        await connection.execute(f"INSERT INTO things VALUES ('{key}', '{value}', 'n')")
    await connection.close()
    source = SqlSource(dated(), url, 2.0)
    assert [await day_of(source, key) for key, _, _ in cases] == [day for _, _, day in cases]
    await source.close()
    ends = SqlSource(dated("infinity", "9999-12-31"), url, 2.0)
    endless = [key for key, value, _ in cases if value in ("infinity", "9999-12-31")]
    assert [await day_of(ends, key) for key in endless] == ["9999-12-31"] * len(endless)
    await ends.close()
    words = SqlSource(dated(text=True), url, 2.0)  # a text field, too, never says what is out of range
    for key, value, _ in cases:
        if "BC" in value or value.startswith("20180"):
            assert "name" in await day_of(words, key, "name")
    await words.close()


async def test_a_mariadb_timestamp_has_one_day_in_all_sessions_zero_has_none() -> None:
    async def run(address: str) -> None:
        engine = create_async_engine(address.replace("mariadb://", "mariadb+aiomysql://"))
        async with engine.begin() as connection:
            for line in (
                "SET time_zone = '+00:00', sql_mode = ''", "DROP TABLE IF EXISTS things",
                "CREATE TABLE things (SFZH varchar(18), XM text, RQ timestamp NULL, D datetime)",
                f"INSERT INTO things VALUES ('{ONE}', 'n', '1988-06-30 15:00:00', '1988-06-30 15:00:00')",
                f"INSERT INTO things VALUES ('{TWO}', 'n', '0000-00-00', '2018-00-00')",
                f"INSERT INTO things VALUES ('{NOBODY}', 'n', NULL, '0000-00-00')",
                f"INSERT INTO things VALUES ('{DOUBLE}', 'n', '1988-06-30 14:59:59', '1988-07-01')",
            ):  # fmt: skip
                await connection.execute(text(line))
        await engine.dispose()
        shape = dated()
        source = SqlSource(shape, address, 5.0)
        days = [await day_of(source, key) for key in (ONE, TWO, NOBODY, DOUBLE)]
        assert days == ["1988-07-01", BAD, "none", "1988-06-30"]
        await source.close()
        local = replace(shape, fields=dict(shape.fields) | {"day": Column("D", no_end=("0000-00-00 00:00:00",))})
        source = SqlSource(local, address, 5.0)
        assert [await day_of(source, key) for key in (ONE, TWO, NOBODY)] == ["1988-06-30", BAD, "9999-12-31"]
        await source.close()

    with mariadb_of_one() as address:
        await run(address)
