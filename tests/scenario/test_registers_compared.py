"""Commands, health and metrics tell which registers depart from the ledger."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from exchange.demo.city import City
from exchange.node.conformity import keep_comparing
from tests.conftest import OpenCity
from tests.support.departing import database, yici_command
from tests.support.permits import issued


def verified(city: City) -> tuple[int, dict[str, Any]]:
    """Return what ``yici ledger verify --registers --json`` ends with and prints."""
    found = yici_command(city, "ledger", "verify", "--registers", "--json")
    return found.returncode, json.loads(found.stdout)


async def test_the_command_health_and_metrics_tell_of_a_departed_row(city: City) -> None:
    connection = await database(city)
    entry = await connection.fetchval("SELECT max(index) FROM register_entry WHERE id = 'settlement-identity'")
    edit = "UPDATE access_grant SET daily_quota = coalesce(daily_quota, 0) + $1 WHERE id = 'settlement-identity'"
    before = await connection.fetchval("SELECT daily_quota FROM access_grant WHERE id = 'settlement-identity'")
    await connection.execute(edit, 1)
    try:
        code, said = await asyncio.to_thread(verified, city)
        assert (code, said["clean"], said["registers"]["departures"]) == (
            1, True, [{"register": "grant", "id": "settlement-identity", "change": "changed", "entry": entry}],
        )  # fmt: skip
        health = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{city.http_port}/health")).text
        assert "registers: degraded: not as the ledger records them: grant 1" in health
        metrics = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{city.http_port}/metrics")).text
        assert 'yici_register_departed{register="grant"} 1.0' in metrics
    finally:
        undo = "UPDATE access_grant SET daily_quota = $1 WHERE id = 'settlement-identity'"
        await connection.execute(undo, before)
    code, said = await asyncio.to_thread(verified, city)
    assert (code, said["registers"]["departed"]) == (0, 0), said
    await connection.close()


async def test_a_node_compares_its_registers_again_and_again(city: City) -> None:
    connection = await database(city)
    url = city.settings.database.url or city.world.postgres.replace("/departments", "/yici")
    comparing = asyncio.create_task(keep_comparing(url, 0.1))

    async def told(number: float) -> None:
        async with asyncio.timeout(60):
            while REGISTRY.get_sample_value("yici_register_departed", {"register": "license"}) != number:
                await asyncio.sleep(0.1)

    await told(0.0)
    held = await issued(city)
    await connection.execute("UPDATE license SET number = number || 'x' WHERE identifier = $1", held.identifier)
    await told(1.0)
    await connection.execute("UPDATE license SET number = rtrim(number, 'x') WHERE identifier = $1", held.identifier)
    await told(0.0)
    comparing.cancel()
    await connection.close()


@asynccontextmanager
async def in_thread(opened: AbstractContextManager[City]) -> AsyncIterator[City]:
    """Open and close a city in a thread, since it runs a loop of its own."""
    city = await asyncio.to_thread(opened.__enter__)
    try:
        yield city
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def until_health(city: City, holds: Callable[[str], bool]) -> None:
    """Wait until the node's health is as expected; for at most a minute."""
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        while True:
            health = (await http.get(f"http://127.0.0.1:{city.http_port}/health")).text
            if health.startswith("serving\n") and holds(health):
                return
            await asyncio.sleep(0.2)


async def test_a_running_node_finds_a_changed_license_by_itself(
    open_city: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YICI_REGISTERS__COMPARE_SECONDS", "0.2")
    async with in_thread(open_city(pages_per_second=100_000)) as city:
        held = await issued(city)
        connection = await database(city)
        edit = "UPDATE license SET envelope = reverse(envelope) WHERE identifier = $1"
        await until_health(city, lambda health: "registers:" not in health)
        await connection.execute(edit, held.identifier)
        departed = "registers: degraded: not as the ledger records them: license 1\n"
        await until_health(city, lambda health: departed in health)
        await connection.execute(edit, held.identifier)
        await until_health(city, lambda health: "registers:" not in health)
        await connection.close()
