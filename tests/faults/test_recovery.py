"""Tests of recovery: killed processes restart, doubts are reported, an unwritable log stops nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from exchange.client import ExchangeError
from exchange.demo.city import City
from exchange.node.wiring.ledger import ledger_states
from exchange.node.wiring.postgres import embedded, embedded_url
from exchange.paths import published
from exchange.pki.key_vault import KeyVault
from registry.connection import connect
from registry.database import Database
from registry.ledger.appender import TransactionalAppender
from tests.conftest import OpenCity
from tests.faults.test_node_faults import Load, _stop
from tests.support import terminal
from tests.support.ask import APPLICANT, BASIS, IS_NAME
from tests.support.ledgers import entry

BIN = Path(sys.executable).parent / "yici"


@pytest.fixture(scope="module")
def mended(open_city: OpenCity) -> Iterator[City]:
    """Run a city whose parts tests kill."""
    with open_city(durable=True) as town:
        yield town


async def holds(city: City) -> bool:
    async with city.client(seconds=3) as client:
        return (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


async def health(city: City) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        return (await http.get(f"http://127.0.0.1:{city.http_port}/health")).text


async def until_healthy(city: City) -> None:
    async with asyncio.timeout(60):
        while not (await health(city)).startswith("serving\n"):
            await asyncio.sleep(0.1)


async def kill_database(city: City) -> None:
    psutil.Process(int((embedded(city.data).folder / "postmaster.pid").read_text().split("\n")[0])).kill()
    async with asyncio.timeout(10):
        while (await health(city)).startswith("serving\n"):
            await asyncio.sleep(0.02)
    await until_healthy(city)


async def test_a_database_killed_under_load_restarts_and_loses_no_answer(mended: City) -> None:
    load = Load()
    await load.run(mended, kill_database(mended))
    await load.check(mended)
    assert await holds(mended)


@pytest.mark.parametrize("log", ["full", "closed"])
async def test_a_log_that_cannot_be_written_stops_no_recovery(mended: City, log: str) -> None:
    path = mended.data / "node.log"

    await _stop(mended)
    path.unlink()
    if log == "full":
        path.symlink_to("/dev/full")
        await mended.start_node()
    else:
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        await mended.start_node()
        os.close(reader)
    assert await holds(mended)
    await kill_database(mended)
    assert await holds(mended)
    await _stop(mended)
    path.unlink()
    await mended.start_node()


async def test_health_reports_a_register_in_doubt(mended: City) -> None:
    locker = await connect(embedded_url(mended.settings, "yici"))
    async with locker.transaction():
        await locker.execute("LOCK TABLE matter IN ACCESS EXCLUSIVE MODE")
        notifier = await connect(embedded_url(mended.settings, "yici"))
        await notifier.execute("NOTIFY yici_register")
        await notifier.close()
        async with asyncio.timeout(10):
            while "register: in doubt" not in (said := await health(mended)):
                await asyncio.sleep(0.1)
        assert said.startswith("not serving\n")
    await locker.close()
    await until_healthy(mended)


async def test_a_clock_behind_the_ledger_stops_answers_until_it_is_confirmed(mended: City) -> None:
    async def write_ahead() -> None:
        """Write an entry with a clock that is two hours ahead."""
        database, vault = Database(embedded_url(mended.settings, "yici")), KeyVault.of(mended.settings)
        signers = vault.ledger_signers(await ledger_states(database))
        ahead = TransactionalAppender(
            signers, vault.ledger_keys(), published(mended.settings), lambda: datetime.now(UTC) + timedelta(hours=2)
        )
        connection = await database.dedicated()
        async with connection.transaction():
            await ahead.record(connection, [entry(1)])
        await connection.close()
        await database.close()

    await write_ahead()
    with pytest.raises(ExchangeError, match="behind the last entry") as caught:
        await holds(mended)
    assert (caught.value.status, caught.value.reason) == ("UNAVAILABLE", "CLOCK_IN_DOUBT")
    async with asyncio.timeout(10):  # one check serves all requests within a second
        while not (await health(mended)).startswith("not serving\nledger: the clock is "):
            await asyncio.sleep(0.1)
    assert yici(mended, "clock").returncode == 1
    assert "On the record" in yici(mended, "clock", "--confirm", "--why", "NTP was off").stdout
    assert await holds(mended)
    await until_healthy(mended)
    found = yici(mended, "verify")
    assert (found.returncode, "explained by the operator in this entry" in found.stdout) == (0, True), found


def yici(city: City, *arguments: str) -> subprocess.CompletedProcess[str]:
    return terminal.run("ledger", *arguments, "--data", city.data, environment=os.environ | {"YICI_LANG": "en"})
