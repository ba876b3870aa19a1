"""Tests of promises 1 and 6 under faults: nothing is lost or unrecorded, and the node recovers."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice

import asyncpg
import grpc
import httpx
import pytest
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from yici.audit.v1 import audit_pb2
from yici.exchange.v1 import exchange_pb2 as pb
from yici.registry.v1 import document_pb2, license_pb2, seal_pb2

from exchange.cli.verifying import verify_folder
from exchange.client import Chunk, Client, ExchangeError, Verified
from exchange.client.failures import translated
from exchange.demo.city import City
from exchange.demo.population import people
from exchange.node.wiring.postgres import embedded
from exchange.services.wire.asking import basis_message
from keys.receipt import Receipt
from registry.basis import Basis
from registry.claims import Aggregate, Claim, Operator
from registry.connection import connect
from registry.identifiers import SubjectKind
from tests.conftest import OpenCity
from tests.support.ask import APPLICANT, BASIS, IS_NAME, IS_NORMAL, newest
from tests.support.permits import PERMIT
from tests.support.processes import processes_of, runs, supervisor_of

TAX = Basis("talent-settlement", "2026-0001", "《苏州市人才引进落户办法》第七条", "王科员")
PAID = Claim("amount", Operator.GT, ("0",), Aggregate.SUM)


@pytest.fixture(scope="module")
def frail(open_city: OpenCity) -> Iterator[City]:
    """Run a city whose parts tests break."""
    with open_city(2, durable=True) as town:
        yield town


ENOUGH = 50
"""The answers that callers have before something happens to the node."""


async def _more_than(count: int, answers: Sequence[object]) -> None:
    """Wait for answers, however slow the machine is, and a moment longer."""
    async with asyncio.timeout(60):
        while len(answers) <= count:
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)


@dataclass
class Load:
    """Many concurrent callers, which keep every answer that they receive."""

    held: list[Verified] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stopped: bool = False

    async def caller(self, client: Client) -> None:
        while not self.stopped:
            try:
                self.held.append(await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME, IS_NORMAL]))
            except ExchangeError as error:
                self.refused.append(error.status)
                await asyncio.sleep(0.02)

    async def run(self, city: City, during: object) -> None:
        clients = [city.client(seconds=10) for _ in range(4)]
        callers = [asyncio.create_task(self.caller(client)) for client in clients for _ in range(8)]
        await _more_than(ENOUGH, self.held)
        await during  # type: ignore[misc]
        await asyncio.sleep(1.5)
        self.stopped = True
        await asyncio.gather(*callers)
        for client in clients:
            await client.close()

    async def check(self, city: City) -> None:
        """Check that the ledger is clean and includes every received answer, with its receipt."""
        verified = await verify_folder(city.data)
        assert verified.clean, verified
        connection = await connect(city.world.postgres.replace("/departments", "/yici"))
        leaves = dict(await connection.fetch("SELECT index, leaf FROM ledger_entry"))
        await connection.close()
        assert len(self.held) > ENOUGH
        for answer in self.held:
            receipt = Receipt.parse(answer.evidence.receipt)
            assert leaves[receipt.index] == receipt.leaf


@asynccontextmanager
async def database_away(city: City) -> AsyncIterator[None]:
    """Stop the database, and its supervisor, which would restart it."""
    supervisor = supervisor_of(city)
    supervisor.suspend()
    await asyncio.to_thread(embedded(city.data).stop)
    try:
        yield
    finally:
        await asyncio.to_thread(embedded(city.data).start)
        supervisor.resume()


async def test_a_killed_worker_loses_nothing_and_restarts(frail: City) -> None:
    async def kill() -> None:
        os.kill(processes_of(frail, "worker")[0].pid, signal.SIGKILL)
        await asyncio.sleep(3)

    load = Load()
    await load.run(frail, kill())
    await load.check(frail)
    assert len(processes_of(frail, "worker")) == 2
    async with frail.client() as client:
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


async def test_a_batch_whose_worker_is_killed_continues_with_its_open_chunk(frail: City) -> None:
    crowd = [person.id for person in islice(people(frail.people, frail.seed, frail.today), 50)]

    async def chunks() -> AsyncIterator[Chunk]:
        for number in range(12):
            if number == 5:
                for worker in processes_of(frail, "worker"):
                    worker.kill()
            yield Chunk(f"chunk-{number}", crowd)

    async with frail.client(seconds=20) as client:
        answers = client.verify_batch(BASIS, "identity.person", SubjectKind.CITIZEN_ID, [IS_NORMAL], chunks())
        found = [answer async for answer in answers]
    assert [answer.id for answer in found] == [f"chunk-{number}" for number in range(12)]
    assert not any(answer.error for answer in found)
    connection = await connect(frail.world.postgres.replace("/departments", "/yici"))
    leaves = dict(await connection.fetch("SELECT index, leaf FROM ledger_entry"))
    await connection.close()
    for answer in found:
        assert answer.evidence
        receipt = Receipt.parse(answer.evidence.receipt)
        assert leaves[receipt.index] == receipt.leaf


async def test_a_killed_writer_stops_answers_until_it_restarts_and_loses_none(frail: City) -> None:
    load = Load()

    async def kill() -> None:
        processes_of(frail, "ledger_writer")[0].kill()
        await asyncio.sleep(3)

    await load.run(frail, kill())
    await load.check(frail)
    assert set(load.refused) <= {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
    assert len(processes_of(frail, "ledger_writer")) == 1
    async with frail.client() as client:
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


def test_health_reports_a_hanging_ledger_writer(frail: City) -> None:
    address = f"http://127.0.0.1:{frail.http_port}/health"
    writer = processes_of(frail, "ledger_writer")[0]
    writer.suspend()
    try:
        answer = httpx.get(address, timeout=20, trust_env=False)
    finally:
        writer.resume()
    assert (answer.status_code, "ledger: the ledger writer does not answer\n" in answer.text) == (503, True)
    assert httpx.get(address, timeout=20, trust_env=False).text.startswith("serving\n")


async def test_health_over_grpc_is_that_of_register_and_ledger(frail: City) -> None:
    request = health_pb2.HealthCheckRequest(service="yici.exchange.v1.ExchangeService")

    async with _channel(frail, "talent-settlement") as channel:
        stub = health_pb2_grpc.HealthStub(channel)

        async def becomes(wanted: str) -> None:
            async with asyncio.timeout(30):
                while (await stub.Check(request)).status != getattr(health_pb2.HealthCheckResponse, wanted):
                    await asyncio.sleep(0.2)

        await becomes("SERVING")
        writer = processes_of(frail, "ledger_writer")[0]
        writer.suspend()
        try:
            await becomes("NOT_SERVING")
        finally:
            writer.resume()
        await becomes("SERVING")
        async with database_away(frail):
            await becomes("NOT_SERVING")
        await becomes("SERVING")


async def test_a_database_restarted_under_load_stops_answers_and_loses_none(frail: City) -> None:
    load = Load()

    async def restart() -> None:
        async with database_away(frail), asyncio.timeout(30):  # a short absence is bridged by the clients' retries
            while "UNAVAILABLE" not in load.refused:
                await asyncio.sleep(0.05)
        await asyncio.sleep(2)

    await load.run(frail, restart())
    assert "UNAVAILABLE" in load.refused
    await load.check(frail)
    async with frail.client() as client:
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


async def test_calls_while_the_database_is_away_are_refused_with_that_reason(frail: City) -> None:
    basis = basis_message(BASIS)
    calls: list[tuple[str, str, Message]] = [
        ("audit-desk", "/yici.audit.v1.AuditService/GetCheckpoint", audit_pb2.GetCheckpointRequest()),
        ("audit-desk", "/yici.audit.v1.AuditService/ListEntries", audit_pb2.ListEntriesRequest(reason="x")),
        ("residence-desk", "/yici.registry.v1.LicenseService/IssueLicense", license_pb2.IssueLicenseRequest(basis=basis)),
        ("document-desk", "/yici.registry.v1.SealService/ListSeals", seal_pb2.ListSealsRequest(basis=basis)),
        ("document-desk", "/yici.registry.v1.DocumentService/ListDocuments", document_pb2.ListDocumentsRequest(basis=basis)),
    ]  # fmt: skip
    watching = license_pb2.WatchLicensesRequest(basis=basis_message(PERMIT), types=["residence_permit"])

    channels = {system: _channel(frail, system) for system in {system for system, _, _ in calls}}
    watch = channels["residence-desk"].unary_stream("/yici.registry.v1.LicenseService/WatchLicenses")
    events = watch(watching.SerializeToString())
    await asyncio.sleep(0.5)
    assert not events.done()
    async with database_away(frail):
        for system, method, request in calls:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await channels[system].unary_unary(method)(request.SerializeToString(), timeout=10)
            error = translated(caught.value)
            assert error.status == "UNAVAILABLE", method
            assert error.reason in ("REGISTER_IN_DOUBT", "LEDGER_UNAVAILABLE"), method
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asyncio.wait_for(events.read(), 10)
        assert translated(caught.value).reason == "REGISTER_IN_DOUBT"
    for channel in channels.values():
        await channel.close()
    await asyncio.sleep(2)
    async with frail.client() as client:
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


def _channel(city: City, system: str) -> grpc.aio.Channel:
    chain, key = city.credentials(system)
    return grpc.aio.secure_channel(
        city.address, grpc.ssl_channel_credentials((city.trust / "root.pem").read_bytes(), key, chain)
    )


async def test_a_node_that_stops_answers_its_calls_and_a_killed_one_starts(frail: City) -> None:
    async def kill() -> None:
        others = [item for kind in ("forkserver", "ledger_writer", "web") for item in processes_of(frail, kind)]
        for process in processes_of(frail, "worker"):
            process.kill()
        node = frail._processes[-1]
        node.kill()
        await asyncio.to_thread(node.wait, 30)
        async with asyncio.timeout(30):  # nothing outlives the process that looks after it
            while any(runs(process) for process in others):
                await asyncio.sleep(0.1)

    load = Load()
    async with _channel(frail, "talent-settlement") as channel:
        waiting = channel.stream_stream("/yici.exchange.v1.ExchangeService/VerifyBatch")()
        await waiting.write(b"")
        assert await waiting.read()
        await load.run(frail, _stop(frail))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await waiting.read()
        assert translated(caught.value).reason == "STOPPING"
    assert set(load.refused) <= {"UNAVAILABLE"}  # none of them was taken up
    await frail.start_node()
    await load.check(frail)
    second = Load()
    await second.run(frail, kill())
    await frail.start_node()
    await second.check(frail)


async def test_a_node_without_its_fork_server_stops(frail: City) -> None:
    server, node = processes_of(frail, "forkserver")[0], frail._processes[-1]
    assert server.num_threads() == 1
    others = [item for kind in ("worker", "ledger_writer", "web") for item in processes_of(frail, kind)]
    assert len(others) == 4
    server.kill()
    assert await asyncio.to_thread(node.wait, 30) == 1
    assert not any(runs(process) for process in others)
    await frail.start_node()
    async with frail.client() as client:
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


async def test_a_stopping_node_answers_or_refuses_each_call_that_was_sent(frail: City) -> None:
    request = pb.VerifyRequest(
        basis=basis_message(BASIS), dataset="identity.person", claims=[pb.Claim(field="name", operator=pb.OPERATOR_EXISTS)],
        subject=pb.Subject(kind=pb.SUBJECT_KIND_CITIZEN_ID, identifier=APPLICANT.identifier),
    ).SerializeToString()  # fmt: skip
    answered, refused = [], set()

    async def caller(channel: grpc.aio.Channel) -> None:
        call = channel.unary_unary("/yici.exchange.v1.ExchangeService/Verify")
        while True:
            try:
                answered.append(await call(request, timeout=30))
            except grpc.aio.AioRpcError as error:
                refused.add((error.code().name, translated(error).reason))
                return

    first = (await newest(frail))[0].index + 1
    async with AsyncExitStack() as stack:
        channels = [await stack.enter_async_context(_channel(frail, "talent-settlement")) for _ in range(8)]
        callers = [asyncio.create_task(caller(channel)) for channel in channels for _ in range(8)]
        await _more_than(ENOUGH, answered)
        await _stop(frail)
        await asyncio.gather(*callers)
    await frail.start_node()
    assert refused <= {("UNAVAILABLE", "STOPPING"), ("UNAVAILABLE", "UNAVAILABLE")}, refused
    assert ("UNAVAILABLE", "STOPPING") in refused
    connection = await connect(frail.world.postgres.replace("/departments", "/yici"))
    granted = "SELECT count(*) FROM ledger_entry WHERE index >= $1 AND decision = 'permit' AND dataset <> ''"
    assert await connection.fetchval(granted, first) == len(answered) > ENOUGH
    await connection.close()


async def _stop(city: City) -> None:
    node = [item for item in city._processes if "exchange.cli.serve" in item.args][-1]  # type: ignore[operator]
    node.terminate()
    await asyncio.to_thread(node.wait, 30)


async def test_a_source_that_is_down_is_unavailable_and_on_the_record(frail: City) -> None:
    service = next(item for item in frail._processes if "exchange.demo.tax_service" in item.args)  # type: ignore[operator]
    async with frail.client(seconds=4) as client:
        assert (await client.verify(TAX, "tax.payment", APPLICANT, [PAID])).holds
        service.kill()
        service.wait()
        with pytest.raises(ExchangeError) as caught:
            await client.verify(TAX, "tax.payment", APPLICANT, [PAID])
        assert (caught.value.reason, caught.value.retry_seconds) == ("SOURCE_UNAVAILABLE", 5.0)
        facts = (await newest(frail))[0].leaf.facts
        assert (facts.decision, facts.reason, facts.dataset) == ("fail", "SOURCE_UNAVAILABLE", "tax.payment")
        settled = await client.resolve(
            Basis("talent-settlement", "c", "", "o"), {"applicant": APPLICANT}, {"name": IS_NAME.values[0]}
        )
        assert {item.id for item in settled if item.resolution == "unavailable"} == {"tax"}
        frail.start_tax_service()
        await asyncio.sleep(7)
        assert (await client.verify(TAX, "tax.payment", APPLICANT, [PAID])).holds


async def test_a_source_slower_than_the_deadline_is_on_the_record(frail: City) -> None:
    admin = await asyncpg.connect(frail.world.postgres)
    async with frail.client(seconds=4) as client:
        transaction = admin.transaction()
        await transaction.start()
        await admin.execute("LOCK TABLE rk_jbxx")
        with pytest.raises(ExchangeError) as caught:
            await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
        assert (caught.value.status, caught.value.reason) == ("DEADLINE_EXCEEDED", "SOURCE_SLOW")
        facts = (await newest(frail))[0].leaf.facts
        assert (facts.decision, facts.reason) == ("fail", "SOURCE_SLOW")
        await transaction.rollback()
        await asyncio.sleep(0.2)
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds
    await admin.close()


async def test_the_call_of_a_disconnected_caller_is_recorded(frail: City) -> None:
    admin = await asyncpg.connect(frail.world.postgres)
    async with frail.client() as client:
        transaction = admin.transaction()
        await transaction.start()
        await admin.execute("LOCK TABLE rk_jbxx")
        asking = asyncio.create_task(client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME]))
        await asyncio.sleep(0.3)
        asking.cancel()
        await asyncio.sleep(0.5)
        facts = (await newest(frail))[0].leaf.facts
        assert (facts.decision, facts.reason) == ("fail", "CALLER_GONE")
        await transaction.rollback()
    await admin.close()


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        (
            "ALTER TABLE rk_jbxx DROP CONSTRAINT rk_jbxx_pkey; INSERT INTO rk_jbxx SELECT gmsfhm, '另一个人', cym, xb, mz, csrq, hjdqh, ryzt FROM rk_jbxx WHERE gmsfhm = '650102199406180284'",
            "DELETE FROM rk_jbxx WHERE xm = '另一个人'",
        ),
        ("UPDATE rk_jbxx SET ryzt = '9' WHERE gmsfhm = '650102199406180284'", "UPDATE rk_jbxx SET ryzt = '0' WHERE gmsfhm = '650102199406180284'"),
        ("ALTER TABLE rk_jbxx RENAME COLUMN ryzt TO zt", "ALTER TABLE rk_jbxx RENAME COLUMN zt TO ryzt"),
    ],
    ids=["two people for one id", "an unknown code", "a column is gone"],
)  # fmt: skip
async def test_nonsense_answers_of_a_source_are_refused(frail: City, spoil: str, mend: str) -> None:
    admin = await asyncpg.connect(frail.world.postgres)
    await admin.execute(spoil)
    async with frail.client() as client:
        with pytest.raises(ExchangeError) as caught:
            await client.verify(BASIS, "identity.person", APPLICANT, [IS_NORMAL])
        assert (caught.value.status, caught.value.reason) == ("INTERNAL", "SOURCE_MALFORMED")
        assert "另一个人" not in str(caught.value)
        assert (await newest(frail))[0].leaf.facts.decision == "fail"
        await admin.execute(mend)
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NORMAL])).holds
    await admin.close()
