"""Scenario tests of all methods and HTTP routes: each call leaves exactly one entry.

It does so whether it is permitted, denied or fails. What does otherwise is listed here, with its reason.
"""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from exchange.client import ExchangeError, connection
from exchange.demo.city import PEOPLE, City
from exchange.node.http import ACTIONS, PUBLIC
from exchange.services.wire.asking import basis_message
from keys.leaf.facts import ActFacts
from registry.connection import connect
from registry.ledger.search import Found
from tests.support.admin import gathered
from tests.support.ask import APPLICANT, BASIS, newest
from tests.support.calling import METHODS, actions_of, channel, message_of, refusals
from tests.support.edits import recorded_edit
from tests.support.permits import PERMIT, SETTLE, desk, issued
from tests.support.permitted import CASES
from tests.support.protos import actions_in, said_of_methods

SAID = said_of_methods()
WRONG = {"AuditService": "talent-settlement"} | gathered("WRONG")
"""By service or method: a system or person whose duty does not include the acts; for the others the auditors'."""
BAD = {"id": "nothing", "page_size": -1, "new_size": 0, "old_size": 1}
"""What no method takes: for those that any duty may call."""
OTHERWISE: dict[str, tuple[int | None, str]] = {
    "CatalogueService.GetDataset": (0, "the catalogue is open to all systems and names no person"),
    "CatalogueService.ListDatasets": (0, "as GetDataset"),
    "CatalogueService.GetMatter": (0, "as GetDataset"),
    "CatalogueService.ListMatters": (0, "as GetDataset"),
    "AuditService.GetCheckpoint": (0, "the tree is public; an entry for each look would grow it without end"),
    "AuditService.GetConsistencyProof": (0, "as GetCheckpoint"),
    "grpc.health.v1.Health": (0, "says whether the node serves, and names no person"),
    "grpc.reflection.v1alpha.ServerReflection": (0, "describes the services, which are public, and names no person"),
    "ExchangeService.Resolve": (None, "one entry for each question that a requirement asks"),
    "LicenseService.BundleLicenses": (None, "one entry for each license type that the matter accepts"),
    "LicenseService.ReviewLicenses": (None, "one of its own, and one for each question it asks and license it changes"),
    "SealService.MakeSeal": (3, "the seal, and its two certificates"),
    "LicenseService.PresentLicenses": (2, "the license, and the code"),
    "LicenseService.RedeemPresentation": (2, "the license, and the code"),
    "LicenseService.LinkLicense": (2, "the license, and the code"),
    "/download/{code}": (2, "the license, and the code"),
    "LicenseService.SupersedeLicense": (2, "one license ends and another is issued"),
    "DocumentService.SealDocument": (2, "the use of the seal, and the document's change"),
} | gathered("OTHERWISE")
"""How many entries a permitted call leaves that does not leave one, and why; None for as many as there are."""
KINDS = {
    "ExchangeService.Resolve": {"verify"}, "LicenseService.BundleLicenses": {"query", "license.bundle"},
    "LicenseService.ReviewLicenses": {"license.review", "license.suspend", "verify"},
    "SealService.MakeSeal": {"seal.make", "register.certificate"},
    "LicenseService.PresentLicenses": {"license.present", "register.code"},
    "LicenseService.RedeemPresentation": {"license.redeem", "register.code"},
    "LicenseService.LinkLicense": {"license.link", "register.code"},
    "/download/{code}": {"license.download", "register.code"},
} | gathered("KINDS")  # fmt: skip
"""What the entries of a call are of that are not of its own act alone."""
DONE = {
    "LicenseService.ChangeLicense": {"license.suspend"}, "LicenseService.BundleLicenses": {"query"},
    "LicenseService.VerifyFacts": {"license.verify_facts"}, "LicenseService.ReviewLicenses": {"license.review", "verify"},
    "LicenseService.WatchLicenses": {"license.watch"}, "SealService.ChangeSeal": {"seal.approve"},
    "DocumentService.GetDocument": {"document.read"}, "DocumentService.AcknowledgeDocument": {"document.acknowledge"},
} | gathered("DONE")  # fmt: skip
"""What the entries of a permitted call are of, if its method has several actions and the call does some of them."""
UNFAILING = {
    "LicenseService.BundleLicenses": "what it asks fails, each part by itself",
    "LicenseService.WatchLicenses": "reads no license, but events after its entry",
}
"""The methods that read a register and do not fail with it, and why."""


def table_of(name: str) -> str:
    """Return a table without which a method or route fails; empty if it fails otherwise."""
    if name in UNFAILING:
        return ""
    services = {"LicenseService": "license", "SealService": "seal", "DocumentService": "document"} | gathered("TABLE")
    return "license" if name in ACTIONS else services.get(name.partition(".")[0], "")


async def since(city: City, before: int, least: int) -> list[Found]:
    """Return the entries after an index, after waiting briefly for later ones."""
    for _ in range(20):
        found = [entry for entry in await newest(city, 100) if entry.index > before]
        if len(found) >= least:
            break
        await asyncio.sleep(0.1)
    return found


@pytest.mark.parametrize("name", [*METHODS, *ACTIONS])
def test_a_permitted_call_leaves_one_entry_of_its_kind(city: City, name: str) -> None:
    expected, _ = OTHERWISE.get(name, (1, ""))

    async def run() -> list[Found]:
        steps = CASES[name](city)
        await anext(steps)
        before = (await newest(city))[0].index
        assert await anext(steps, "done") == "done"
        return await since(city, before, 1 if expected is None else expected)

    found = [entry.leaf.facts for entry in asyncio.run(run())]
    assert expected in (len(found), None), found
    kinds = DONE.get(name) or KINDS.get(name) or actions_of(name)
    assert {facts.kind for facts in found} == (kinds if found else set())
    assert name in ACTIONS or kinds <= actions_in(f"{SAID[name]['Decided by']} {SAID[name]['Recorded']}")
    assert {facts.decision for facts in found} == ({"permit"} if found else set())


async def test_reflection_names_no_service_that_is_not_called_here(city: City) -> None:
    before = (await newest(city))[0].index
    with channel(city, "talent-settlement") as connection:
        served = ProtoReflectionDescriptorDatabase(connection)
        pool = DescriptorPool(served)
        found = {name: pool.FindServiceByName(name).methods for name in served.get_services()}
        assert health_pb2_grpc.HealthStub(connection).Check(health_pb2.HealthCheckRequest()).status  # type: ignore[no-untyped-call]
    assert (await newest(city))[0].index == before
    known = {method.full_name for method in METHODS.values()}
    methods = [method.full_name for name, service in found.items() if name not in OTHERWISE for method in service]
    assert sorted(methods) == sorted(known)
    assert {name for name in found if name in OTHERWISE} == {name for name in OTHERWISE if name.startswith("grpc.")}


@pytest.mark.parametrize("name", METHODS)
async def test_a_denied_call_leaves_one_entry_that_names_its_caller(city: City, name: str) -> None:
    method = METHODS[name]
    system = WRONG.get(name) or WRONG.get(method.containing_service.name, "audit-desk")
    request = message_of(method, basis=basis_message(BASIS), chunk_id="1", **BAD)
    before = (await newest(city))[0].index
    with channel(city, system) as connection:
        [refused] = refusals(connection, method, request, 10.0)
    found = await newest(city, 3)
    assert [entry.index for entry in found if entry.index > before] == [before + 1]
    facts = found[0].leaf.facts
    by_person = getattr(facts, "person", "") == "certificate"
    assert (system in PEOPLE, facts.decision, facts.reason) == (by_person, "deny", refused.reason)
    assert getattr(facts, "system", "") == ("" if by_person else system)
    assert facts.kind in KINDS.get(name, actions_of(name))
    assert facts.kind in actions_in(f"{SAID[name]['Decided by']} {SAID[name]['Recorded']}")


async def test_a_denied_download_leaves_one_entry_that_names_its_maker(city: City) -> None:
    async def run() -> list[Found]:
        steps = CASES["/download/{code}"](city)
        await anext(steps)
        await recorded_edit(city, "UPDATE license_code SET expires_at = now() WHERE used_at IS NULL")
        before = (await newest(city))[0].index
        with pytest.raises(httpx.HTTPStatusError, match="404"):
            await anext(steps)
        return await since(city, before, 1)

    [entry] = await run()
    facts = entry.leaf.facts
    assert isinstance(facts, ActFacts)
    assert (facts.kind, facts.system, facts.decision, facts.reason) == (
        "license.download", "residence-desk", "deny", "CODE_UNKNOWN",
    )  # fmt: skip


async def on_record(city: City, statement: str) -> None:
    connection = await connect(city.world.postgres.replace("/departments", "/yici"))
    await connection.execute(statement)
    await connection.close()


def test_a_route_that_is_no_act_discloses_nothing_and_has_no_entry(city: City) -> None:
    paths = {
        "/checkpoint": "/checkpoint", "/tile/{address:path}": "/tile/entries/000", "/trust/{name}": "/trust/root.pem",
        "/status/{number}": "/status/1", "/check": "/check", "/health": "/health", "/metrics": "/metrics",
    }  # fmt: skip
    assert paths.keys() == PUBLIC
    before = asyncio.run(newest(city))[0].index
    for path in (*paths.values(), "/download/" + "a" * 22, "/download/x"):  # codes that were never made
        assert httpx.get(f"http://127.0.0.1:{city.http_port}{path}").status_code in (200, 404)
    assert asyncio.run(newest(city))[0].index == before


def in_doubt(city: City) -> bool:
    """Whether a worker has its register in doubt."""
    method = METHODS["CatalogueService.ListMatters"]
    with channel(city, "talent-settlement") as connection:
        return any(error.reason == "REGISTER_IN_DOUBT" for error in refusals(connection, method, b"", 10.0))


@pytest.mark.parametrize("name", [name for name in [*METHODS, *ACTIONS] if table_of(name)])
def test_a_call_whose_work_fails_leaves_one_entry(city: City, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(connection, "TRIES", 1)
    table = table_of(name)
    while any(in_doubt(city) for _ in range(8)):  # a register that was read while its table was away
        time.sleep(0.2)

    async def run() -> list[Found]:
        steps = CASES[name](city)
        await anext(steps)
        before = (await newest(city))[0].index
        await on_record(city, f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            with pytest.raises((ExchangeError, httpx.HTTPStatusError)):
                await anext(steps)
        finally:
            await on_record(city, f"ALTER TABLE {table}_away RENAME TO {table}")
        return await since(city, before, 1)

    [entry] = asyncio.run(run())
    assert entry.leaf.facts.decision == "fail"
    assert entry.leaf.facts.kind in actions_of(name)


async def test_licenses_that_cannot_be_shown_leave_one_entry_of_that(city: City) -> None:
    held = await issued(city)
    edit = f"UPDATE license SET envelope = %s(envelope) WHERE identifier = '{held.identifier}'"
    async with city.license_client("talent-settlement") as client:
        before = (await newest(city))[0].index
        await on_record(city, edit % "reverse")  # no part of what the question reads
        try:
            with pytest.raises(ExchangeError, match="LEDGER_DISAGREES"):
                await client.find(SETTLE, "residence_permit", APPLICANT, ["number"])
        finally:
            await on_record(city, edit % "reverse")
        await asyncio.sleep(0.5)
        [entry] = await since(city, before, 1)
        assert (entry.leaf.facts.kind, entry.leaf.facts.decision) == ("query", "fail")
        assert await client.find(SETTLE, "residence_permit", APPLICANT, ["number"])


@pytest.fixture(scope="module")
def doubtful(city: City) -> Iterator[tuple[City, str]]:
    """Run a city whose processes cannot read the registers, with a link made before."""

    async def prepare() -> str:
        async with desk(city) as client:
            return await client.link(PERMIT, (await issued(city)).identifier, "归档")

    path = asyncio.run(prepare())
    with asyncio.Runner() as runner:
        connection = runner.run(connect(city.world.postgres.replace("/departments", "/yici")))
        # Held back by this lock, a process reads until the register is in doubt; what entries need is not locked.
        runner.run(connection.execute("BEGIN; LOCK TABLE matter IN ACCESS EXCLUSIVE MODE"))
        runner.run(on_record(city, "NOTIFY yici_register"))
        while not all(in_doubt(city) for _ in range(8)):  # each connection is some worker's
            time.sleep(0.2)
        time.sleep(1)  # the HTTP process was told when the workers were
        yield city, path
        runner.run(connection.execute("ROLLBACK"))
        runner.run(connection.close())
    time.sleep(1.5)


@pytest.mark.parametrize("name", METHODS)
async def test_a_call_that_fails_leaves_one_entry(doubtful: tuple[City, str], name: str) -> None:
    city, _ = doubtful
    method = METHODS[name]
    before = (await newest(city))[0].index
    with channel(city, "talent-settlement") as connection:
        [refused] = refusals(connection, method, message_of(method, basis=basis_message(BASIS), chunk_id="1"), 10.0)
    assert refused.reason == "REGISTER_IN_DOUBT"
    [entry] = await since(city, before, 1)
    facts = entry.leaf.facts
    assert (facts.decision, facts.reason) == ("fail", "REGISTER_IN_DOUBT")
    assert facts.kind in KINDS.get(name, actions_of(name))


def test_a_download_that_fails_leaves_one_entry_and_its_code_unused(doubtful: tuple[City, str]) -> None:
    city, path = doubtful
    before = asyncio.run(newest(city))[0].index
    found = httpx.get(f"http://127.0.0.1:{city.http_port}{path}")
    assert (found.status_code, found.headers["retry-after"]) == (503, "1")
    [entry] = asyncio.run(since(city, before, 1))
    assert (entry.leaf.facts.kind, entry.leaf.facts.decision) == ("license.download", "fail")
