"""Helpers for tests of rows that are not as the ledger records them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from exchange.client import ExchangeError
from exchange.demo.city import City
from registry.connection import connect
from tests.support.permits import PERMIT, desk, issued

YICI = Path(sys.executable).parent / "yici"


async def database(city: City) -> asyncpg.Connection:
    return await connect(city.settings.database.url or city.world.postgres.replace("/departments", "/yici"))


async def code(city: City) -> str:
    """Where a license can be downloaded, once."""
    held = await issued(city)
    async with desk(city) as client:
        return f"http://127.0.0.1:{city.http_port}{await client.link(PERMIT, held.identifier, '办理入学')}"


async def refusal(work: Callable[[], Awaitable[Any]]) -> str:
    """The reason for which a call is refused, once the node has read what was changed."""
    reason = ""
    for _ in range(50):
        try:
            await work()
        except ExchangeError as error:
            reason = error.reason
            if reason == "LEDGER_DISAGREES":
                break
        await asyncio.sleep(0.1)
    return reason


async def refused_while(
    connection: asyncpg.Connection, work: Callable[[], Awaitable[Any]], edit: str, undo: str
) -> str:
    """Return why a call is refused during an edit; before and after it, the call is answered."""
    await work()
    await connection.execute("SET session_replication_role = DEFAULT")
    await connection.execute(edit)
    try:
        reason = await refusal(work)
    finally:
        await connection.execute(undo)
    await asyncio.sleep(1.0)
    await work()
    return reason


def yici_command(city: City, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the city's data folder."""
    command = [str(YICI), *words, "--data", str(city.data)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "YICI_WHY": "年度核查"}
    )
