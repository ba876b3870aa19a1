"""Tests behind a pooler in transaction mode: each query gets its own answer."""

import asyncio
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.errors import MalformedError, RefusedError, UnavailableError
from adapters.sql import SqlSource
from registry.connection import connect
from registry.database import Database
from registry.errors import RuleError, StorageError
from registry.register import Register
from registry.register_watch import RegisterWatch
from tests.support.pgbouncer import pgbouncer
from tests.support.sources import CITIZEN, ONE, ROWS, description, postgres_source

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("mode", "discard"), [("transaction", 0), ("transaction", 1), ("session", 0), ("statement", 0)]
)
def test_several_processes_get_right_answers_through_a_pooler(
    mode: str, discard: int, tmp_path: Path, url: str
) -> None:
    async def make() -> None:
        async with postgres_source(ROWS, tmp_path, url):
            pass

    asyncio.run(make())
    with pgbouncer(url, tmp_path, mode, size=6, server_reset_query_always=str(discard)) as pooled:
        command = [sys.executable, "-m", "tests.support.pooled_questions", pooled, "150", "3"]
        asked = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert (asked.stdout, asked.returncode) == ("0 0\n" * 3, 0)


async def test_a_connection_s_statements_have_names_that_no_other_uses(tmp_path: Path, url: str) -> None:
    with pgbouncer(url, tmp_path, size=1) as pooled:
        one, two = await connect(pooled), await connect(pooled)
        assert [await one.fetchval("SELECT 'one'"), await two.fetchval("SELECT 'two'")] == ["one", "two"]
        assert [await one.fetchval("SELECT 'one'"), await two.fetchval("SELECT 'two'")] == ["one", "two"]
        names = {row["name"] for row in await one.fetch("SELECT name FROM pg_prepared_statements")}
        assert len(names) >= 3
        await one.close()
        await two.close()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_registry_behind_a_pooler_that_shares_connections_is_refused(
    mode: str, tmp_path: Path, url: str
) -> None:
    with pgbouncer(url, tmp_path, mode) as pooled:
        database = Database(pooled)
        for step in (database.require_current_schema, database.upgrade):
            with pytest.raises(RuleError, match=r"database\.url: .*pool_mode.*URL of PostgreSQL itself"):
                await step()
        await database.close()


async def test_a_registry_behind_a_pooler_in_session_mode_works(tmp_path: Path, url: str) -> None:
    with pgbouncer(url, tmp_path, "session", size=8) as pooled:
        database = Database(pooled)
        await database.require_current_schema()
        changed = asyncio.Event()

        async def heard(register: Register | None) -> None:
            changed.set()

        watch = RegisterWatch(pooled, heard)
        await watch.open()
        following = asyncio.create_task(watch.follow())
        await asyncio.sleep(0.1)
        changed.clear()
        async with database.transaction() as connection:
            await connection.execute(text("NOTIFY yici_register"))
        await asyncio.wait_for(changed.wait(), 20)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await database.close()


@pytest.mark.parametrize(
    ("options", "user", "error", "said"),
    [
        (
            {"auth_type": "trust", "auth_file": "/dev/null"},
            "nobody",
            RefusedError,
            "PgBouncer refuses the password or the user",
        ),
        ({"max_client_conn": "0"}, "postgres", UnavailableError, "PgBouncer has no connection left"),
        (
            {"database": "elsewhere", "server_login_retry": "1"},
            "postgres",
            UnavailableError,
            "no such database behind PgBouncer",
        ),
    ],
)
async def test_errors_of_a_pooler_are_named_as_what_they_are(
    options: dict[str, str], user: str, error: type[Exception], said: str, tmp_path: Path, url: str
) -> None:
    elsewhere = options.pop("database", "")

    with pgbouncer(url, tmp_path, **options) as pooled:
        address = pooled.replace("//postgres@", f"//{user}@")
        address = f"{address.rpartition('/')[0]}/{elsewhere}" if elsewhere else address
        source = SqlSource(description(), address)
        with pytest.raises(error, match=said):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()
        with pytest.raises(StorageError, match=said):
            await connect(address)


async def test_the_authentication_of_open_gauss_is_named(tmp_path: Path) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(4), "big")
        if size == 8:  # the question whether TLS is spoken
            await reader.readexactly(4)
            writer.write(b"N")
            size = int.from_bytes(await reader.readexactly(4), "big")
        await reader.readexactly(size - 4)
        body = struct.pack("!ii", 10, 2) + b"0" * 64 + b"1" * 8 + struct.pack("!i", 10_000)  # SHA-256, as it asks
        writer.write(b"R" + struct.pack("!i", len(body) + 4) + body)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    address = f"postgresql://reader:x@127.0.0.1:{server.sockets[0].getsockname()[1]}/db"
    source = SqlSource(description(), address)
    with pytest.raises(RefusedError, match=r"openGauss.*password_encryption_type"):
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
    with pytest.raises(RuleError, match=r"database\.url: .*openGauss"):
        await connect(address)
    await source.close()
    server.close()


async def test_rows_of_another_statement_are_no_answer(tmp_path: Path, url: str) -> None:
    async with postgres_source(ROWS, tmp_path, url) as source:
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
        line = source._lines._idle[0].driver
        names = await line.fetch("SELECT name, statement FROM pg_prepared_statements")
        found = next(row for row in names if "XM" in row["statement"])
        await line.execute(f'DEALLOCATE "{found["name"]}"')
        other = re.sub(r"\d+ AS m", "1::bigint AS m", found["statement"].replace('."XM"', '."XB"'))
        await line.execute(f'PREPARE "{found["name"]}" AS {other}')
        with pytest.raises(MalformedError, match="another statement"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
