"""Tests of the keeper: the embedded PostgreSQL is restarted until it runs."""

import asyncio
from pathlib import Path

import asyncpg
import psutil
from structlog.testing import capture_logs

from exchange.node.keeper import keep_running
from registry.embedded import EmbeddedPostgres


async def test_a_server_that_cannot_start_is_started_when_it_can(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "data")
    server.start()
    settings = tmp_path / "data" / "postgresql.conf"
    good = settings.read_text()

    async def run() -> None:
        keeping = asyncio.create_task(keep_running(server))
        with capture_logs() as said:
            settings.write_text(f"{good}\nno_such_setting = 1\n")  # as a disk that is full
            psutil.Process(int((tmp_path / "data" / "postmaster.pid").read_text().split("\n")[0])).kill()
            async with asyncio.timeout(60):
                while not any(item["event"] == "database.not_started" for item in said):
                    await asyncio.sleep(0.05)
                settings.write_text(good)
                while not any(item["event"] == "database.started" for item in said):
                    await asyncio.sleep(0.05)
        connection = await asyncpg.connect(server.url("postgres"))
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    try:
        await run()
    finally:
        server.stop()
