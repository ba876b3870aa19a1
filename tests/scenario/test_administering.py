"""Scenario tests of administration: persons act by their own certificates."""

import asyncio
import json
import subprocess
from typing import Any

import pytest

from exchange.client import ExchangeError
from exchange.client.admin import AdminClient
from exchange.demo.city import City
from tests.support.ask import newest
from tests.support.calling import METHODS, channel, refusals
from tests.support.departing import YICI
from tests.support.edits import recorded_edit

POLICE = "113205000000140157"


async def test_a_person_reads_the_register_by_their_own_certificate(city: City) -> None:
    async with city.admin("p-0201") as client:
        found = await client.agency(POLICE)
        assert (found.id, found.name, found.state, found.etag) == (POLICE, "苏州市公安局", "active", "1")
        entry = (await newest(city))[0]
        facts = entry.leaf.facts
        assert (facts.kind, facts.agency, facts.system, facts.person, facts.object) == (
            "agency.read", "11320500000014058L", "", "certificate", POLICE,
        )  # fmt: skip
        assert entry.opening is not None
        assert entry.opening.officer == "person:p-0201"
        every = [item async for item in client.agencies()]
        assert len(every) == 10
        assert [item.id for item in every] == sorted(item.id for item in every)
        assert [item.id async for item in client.agencies('name = "苏州市公安局"')] == [POLICE]
        for wanted, reason in (("nothing", "ITEM_UNKNOWN"), ("x\n", "INVALID_REQUEST")):
            with pytest.raises(ExchangeError, match=reason):
                await client.agency(wanted)
        with pytest.raises(ExchangeError, match="INVALID_REQUEST"):
            await anext(client.agencies("height = 1"))


def test_a_person_does_nothing_that_is_for_systems(city: City) -> None:
    with channel(city, "p-0201") as connection:
        [refused] = refusals(connection, METHODS["CatalogueService.ListMatters"], b"", 10.0)
    assert refused.reason == "DUTY_MISSING"


async def reason_of_reading(client: AdminClient, but: str) -> str:
    """Return why reading is refused, once it is for another reason than before."""
    for _ in range(50):
        try:
            await client.agency(POLICE)
        except ExchangeError as error:
            if error.reason != but:
                return error.reason
        await asyncio.sleep(0.1)
    return ""


async def test_who_is_suspended_or_has_left_is_refused_at_the_next_call(city: City) -> None:
    edit = "UPDATE person SET state = '{}', revision = revision + 1 WHERE id = 'p-0302'"
    async with city.admin("p-0302") as client:
        await client.agency(POLICE)
        before = ""
        for state, reason in (("suspended", "PERSON_SUSPENDED"), ("left", "CERTIFICATE_UNKNOWN")):
            await recorded_edit(city, edit.format(state))
            before = await reason_of_reading(client, before)
            assert before == reason
    await recorded_edit(city, edit.format("active"))


def test_the_command_line_lists_agencies_as_a_person(city: City) -> None:
    options = ["--address", city.address, "--credentials", city.departments / "p-0201", "--trust", city.trust]
    found = subprocess.run(
        [YICI, "agency", "list", "--json", *options], capture_output=True, text=True, timeout=60, check=True
    )
    assert POLICE in {item["id"] for item in json.loads(found.stdout)}


def yici(city: City, who: str, *words: str) -> Any:
    """Run a command as a person; return its JSON."""
    options = ["--address", city.address, "--credentials", city.departments / who, "--trust", city.trust, "--json"]
    found = subprocess.run([YICI, *words, *options], capture_output=True, text=True, timeout=60)
    return json.loads(found.stdout) if found.returncode == 0 else found.stderr


def test_duties_are_changed_at_the_command_line_by_two_people(city: City) -> None:
    [made] = yici(city, "p-0101", "proposal", "duties", "p-0202", "request", "approve")
    assert made["state"] == "proposed"
    assert made["id"] in {item["id"] for item in yici(city, "p-0102", "proposal", "list")}
    assert "FOUR_EYES" in yici(city, "p-0101", "proposal", "approve", made["id"])
    [applied] = yici(city, "p-0102", "proposal", "approve", made["id"])
    assert (applied["state"], applied["approvers"]) == ("applied", ["p-0102"])
