"""Scenario tests of applications: over gRPC, at the command line, and as seen from outside."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from exchange.client import ExchangeError
from exchange.client.admin import Approval
from exchange.demo.city import City
from keys.leaf.facts import ActFacts
from registry.ledger.search import Filter
from tests.support import terminal
from tests.support.admin.applications import CHIEF, CLERK, DECIDER, WHY, drafted, proposed, submitted
from tests.support.ask import found_in, newest

POLICE = "113205000000140157"
FILE = """
dataset: identity.person
matter: realty-certificate
fields: [{name: name, why: 核对权利人}, {name: sex, why: 核对权利人}]
modes: [verify]
legal_basis: 《不动产登记暂行条例》第十九条
purpose: 办理不动产登记
volume: 10
valid_from: 2039-01-01T00:00:00+08:00
valid_to: 2039-02-01T00:00:00+08:00
"""


def yici(city: City, person: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    values = os.environ | {
        "YICI_LANG": "en", "TERM": "dumb", "YICI_ADDRESS": city.address, "YICI_TRUST": str(city.trust),
        "YICI_CREDENTIALS": str(city.departments / person),
    }  # fmt: skip
    return terminal.run("application", *arguments, environment=values)


def done(city: City, person: str, *arguments: object) -> Any:
    found = yici(city, person, *arguments, "--json")
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


async def test_a_part_of_an_application_is_approved_and_granted(city: City) -> None:
    item = await submitted(city, "name", "status")
    wish = item.wish
    part = Approval(("name",), ("verify",), 5, wish.valid_from, wish.valid_to)
    async with city.admin(DECIDER) as client:
        tried = await client.approve_application(item, WHY, part, dry=True)
        assert (tried.state, (await client.application(item.id)).state) == ("approved", "submitted")
        approved = await client.approve_application(item, WHY, part)
        assert (approved.state, approved.approval) == ("approved", part)
        with pytest.raises(ExchangeError, match="FOUR_EYES"):
            await client.approve_application(item, WHY, part)
    entries = [entry.leaf.facts for entry in await newest(city, 5)]
    [created] = [facts for facts in entries if isinstance(facts, ActFacts) and facts.kind == "grant.create"]
    assert (created.reason, created.object, created.told) == ("CREATED", approved.grant, (item.agency,))


async def test_of_two_approvals_at_once_one_counts(city: City) -> None:
    item = await submitted(city)

    async def approve(who: str) -> str:
        async with city.admin(who) as client:
            try:
                return (await client.approve_application(item, WHY)).state
            except ExchangeError as error:
                return error.reason

    found = await asyncio.gather(approve("p-0301"), approve(DECIDER))
    assert "approved" in found
    assert {*found} - {"approved"} <= {"ITEM_CHANGED", "ITEM_UNKNOWN"}
    assert len({*found}) == 2


async def test_a_change_of_what_was_read_before_another_is_refused(city: City) -> None:
    draft = await drafted(city)
    async with city.admin(CLERK) as client:
        await client.propose_application(draft, WHY)
        with pytest.raises(ExchangeError, match="ITEM_CHANGED") as caught:
            await client.withdraw_application(draft, WHY)
    assert caught.value.field == "etag"


async def test_a_step_without_reason_or_etag_is_refused(city: City) -> None:
    item = await proposed(city)
    async with city.admin(CHIEF) as client:
        with pytest.raises(ExchangeError, match="BASIS_MISSING"):
            await client.submit_application(item, " ")
        with pytest.raises(ExchangeError, match="etag: is required"):
            await client._application_step("SubmitApplication", type(item)(**{**_fields(item), "etag": ""}), WHY)


def _fields(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in type(item).__dataclass_fields__}


def test_the_command_line_applies_and_decides(city: City, tmp_path: Path) -> None:
    file = tmp_path / "application.yaml"
    file.write_text(FILE, encoding="utf-8")
    [item] = done(city, CLERK, "draft", file)
    assert (item["state"], item["wish"]["fields"][1]) == ("draft", {"name": "sex", "why": "核对权利人"})
    for person, command in ((CLERK, "propose"), (CHIEF, "return"), (CLERK, "propose"), (CHIEF, "submit")):
        [item] = done(city, person, command, item["id"])
    assert (item["state"], item["waits_for"]) == ("submitted", POLICE)
    for person, command in ((DECIDER, "ask"), (CLERK, "supply")):
        [item] = done(city, person, command, item["id"])
    part = tmp_path / "part.yaml"
    part.write_text(
        "fields: [sex]\nmodes: [verify]\ndaily_quota: 5\nvalid_from: 2039-01-01T00:00:00+08:00\nvalid_to: 2039-01-09T00:00:00+08:00\n"
    )
    [tried] = done(city, DECIDER, "approve", item["id"], "--part", part, "--dry-run")
    [shown] = done(city, DECIDER, "show", item["id"])
    assert (tried["state"], shown["state"]) == ("approved", "submitted")
    refused = yici(city, CLERK, "refuse", item["id"], "--basis", "《个人信息保护法》第六条")
    assert (refused.returncode, "DUTY_MISSING" in refused.stderr) == (1, True), refused.stderr
    [item] = done(city, DECIDER, "approve", item["id"], "--part", part)
    assert item["approval"]["fields"] == ["sex"]
    assert item["id"] in [one["id"] for one in done(city, CLERK, "list", "--filter", 'state = "approved"')]
    assert done(city, "p-0103", "late") == []


def test_a_file_that_breaks_a_rule_is_named(city: City, tmp_path: Path) -> None:
    file = tmp_path / "application.yaml"
    file.write_text(FILE.replace("volume: 10", "volumes: 10"), encoding="utf-8")
    refused = yici(city, CLERK, "draft", file)
    assert refused.returncode == 1
    assert "volumes" in refused.stderr


async def test_an_outsider_counts_the_reviews(city: City) -> None:
    await submitted(city)
    environment = os.environ | {"YICI_LANG": "en", "TERM": "dumb"}
    url = f"http://127.0.0.1:{city.http_port}"
    found = await asyncio.to_thread(
        terminal.run, "audit", "clocks", url, "--trust", city.trust, "--json", environment=environment
    )
    [line] = json.loads(found.stdout)["clocks"]
    entries = [entry.leaf.facts for entry in await found_in(city, Filter(), 5000)]
    started = sum(getattr(facts, "clock", "") == "start" for facts in entries)
    assert (line["agency"], line["limit"], line["running"] + line["ended"]) == (POLICE, "review", started)
    assert (line["late"], line["ended_late"]) == (0, 0)
