"""Scenario tests of limits: callers over a limit get a retry delay, others are unaffected."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress

import grpc
import pytest
from google.rpc.status_pb2 import Status
from yici.exchange.v1 import exchange_pb2 as pb
from yici.registry.v1 import license_pb2, seal_pb2

from exchange.client import ExchangeError
from exchange.client.failures import error_of, translated
from exchange.demo.city import City
from exchange.services.wire.asking import basis_message, claim_message, subject_message
from tests.conftest import OpenCity
from tests.support.ask import APPLICANT, BASIS, IS_NAME, holds, newest

METHOD = "/yici.exchange.v1.ExchangeService/"
PER_SECOND, AT_ONCE, IDLE_SECONDS = 5, 4, 3


@pytest.fixture(scope="module")
def narrow(open_city: OpenCity) -> Iterator[City]:
    """Run a city whose only worker takes few calls."""
    with open_city(calls_per_second=PER_SECOND, concurrent_calls=AT_ONCE, max_seconds=IDLE_SECONDS) as town:
        yield town


def channel(city: City, system: str = "talent-settlement") -> grpc.aio.Channel:
    """Open a connection without retries, so that the first error is seen."""
    chain, key = city.credentials(system)
    root = (city.trust / "root.pem").read_bytes()
    options = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.secure_channel(city.address, grpc.ssl_channel_credentials(root, key, chain), options)


async def failure(call: object) -> ExchangeError | None:
    """Return why a call was refused, or nothing."""
    try:
        await call  # type: ignore[misc]
    except grpc.aio.AioRpcError as error:
        return translated(error)
    return None


_SUBJECT = subject_message(APPLICANT.kind, APPLICANT.identifier)
VERIFY = pb.VerifyRequest(
    basis=basis_message(BASIS), dataset="identity.person", subject=_SUBJECT, claims=[claim_message(IS_NAME)]
).SerializeToString()


@pytest.mark.parametrize(
    "request_bytes",
    [VERIFY, pb.VerifyRequest(dataset="unreadable").SerializeToString()],
    ids=["whole", "unreadable"],
)
async def test_a_system_over_its_rate_is_refused_and_recorded_with_retry_delay(
    narrow: City, request_bytes: bytes
) -> None:
    async def run() -> ExchangeError:
        async with channel(narrow) as node:
            verify = node.unary_unary(f"{METHOD}Verify")
            while True:
                error = await failure(verify(request_bytes))
                if error and error.reason == "RATE_EXCEEDED":
                    return error

    error = await asyncio.wait_for(run(), 30)
    assert (error.status, error.retry_seconds) == ("RESOURCE_EXHAUSTED", 1.0)
    entries = await newest(narrow, 30)
    assert "RATE_EXCEEDED" in [entry.leaf.facts.reason for entry in entries]


async def test_a_system_has_one_rate_for_all_that_it_asks(narrow: City) -> None:
    list_datasets = "/yici.registry.v1.CatalogueService/ListDatasets"
    seal_batch, issue_batch = "/yici.registry.v1.SealService/SealBatch", "/yici.registry.v1.LicenseService/IssueBatch"

    async def run() -> int:
        await asyncio.sleep(1)  # until what others took is there again
        let_through = 0
        async with channel(narrow) as node:
            streams = [(node.stream_stream(method)(), shape) for method, shape in (
                (seal_batch, seal_pb2.SealBatchResponse), (issue_batch, license_pb2.IssueBatchResponse))]  # fmt: skip
            calls = [(node.unary_unary(f"{METHOD}Verify"), VERIFY), (node.unary_unary(list_datasets), b"")]
            for _ in range(5 * PER_SECOND):
                for call, request in calls:
                    error = await failure(call(request))
                    let_through += error is None or error.reason != "RATE_EXCEEDED"
                for stream, shape in streams:
                    await stream.write(b"")
                    error = error_of(Status.FromString(shape.FromString(await stream.read()).error))
                    let_through += error.reason != "RATE_EXCEEDED"
        return let_through

    begun = time.monotonic()
    let_through = await asyncio.wait_for(run(), 60)
    assert PER_SECOND <= let_through <= PER_SECOND * (time.monotonic() - begun + 1) + 1


async def test_a_chunk_refused_for_its_rate_may_come_again_under_its_name(narrow: City) -> None:
    request = pb.VerifyBatchRequest(
        chunk_id="one", basis=basis_message(BASIS), dataset="identity.person", subject_kind=_SUBJECT.kind,
        items=[pb.BatchItem(identifier=APPLICANT.identifier)], claims=[claim_message(IS_NAME)],
    ).SerializeToString()  # fmt: skip

    async def run() -> list[str]:
        reasons = []
        async with channel(narrow) as node:
            verify = node.unary_unary(f"{METHOD}Verify")
            stream = node.stream_stream(f"{METHOD}VerifyBatch")()
            while (error := await failure(verify(VERIFY))) is None or error.reason != "RATE_EXCEEDED":
                pass
            while "" not in reasons:
                await stream.write(request)
                response = pb.VerifyBatchResponse.FromString(await stream.read())
                reasons.append(error_of(Status.FromString(response.error)).reason if response.error else "")
                await asyncio.sleep(0.1)
        return reasons

    assert set(await asyncio.wait_for(run(), 30)) == {"RATE_EXCEEDED", ""}


async def test_a_client_that_waits_for_the_retry_delay_is_answered(narrow: City) -> None:
    async with narrow.client(seconds=30) as client:
        for _ in range(2 * PER_SECOND):
            assert await holds(client, [IS_NAME])


async def test_a_call_over_the_concurrency_limit_is_refused_until_one_ends(narrow: City) -> None:
    async def run() -> None:
        async with channel(narrow) as crowd, channel(narrow, "residence-desk") as others, channel(narrow) as node:
            streams = [each.stream_stream(f"{METHOD}VerifyBatch")() for each in (crowd, others) * (AT_ONCE // 2)]
            for stream in streams:
                await stream.write(b"")
                assert await stream.read()  # a refused chunk: the stream itself is open, and stays so
            verify = node.unary_unary(f"{METHOD}Verify")
            error = await failure(verify(VERIFY))
            assert error is not None
            assert (error.status, error.reason, error.retry_seconds) == ("RESOURCE_EXHAUSTED", "OVERLOADED", 0.5)
            streams[0].cancel()
            await streams[1].done_writing()
            while (error := await failure(verify(VERIFY))) is not None:
                assert error.reason in ("OVERLOADED", "RATE_EXCEEDED", "STREAM_BROKEN")
                await asyncio.sleep(0.1)

    await asyncio.wait_for(run(), 30)


async def test_a_stream_whose_caller_does_not_read_is_ended(narrow: City) -> None:
    request = pb.VerifyBatchRequest(
        chunk_id="large", basis=basis_message(BASIS), dataset="identity.person", subject_kind=_SUBJECT.kind,
        items=[pb.BatchItem(identifier=f"{number:018d}") for number in range(10_001)], claims=[claim_message(IS_NAME)],
    ).SerializeToString()  # fmt: skip

    async def run() -> None:
        options = [
            ("grpc.http2.lookahead_bytes", 1),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.http2.bdp_probe", 0),
        ]
        chain, key = narrow.credentials("talent-settlement")
        root = (narrow.trust / "root.pem").read_bytes()
        credentials = grpc.ssl_channel_credentials(root, key, chain)
        async with grpc.aio.secure_channel(narrow.address, credentials, options) as greedy, channel(narrow) as node:
            streams = [greedy.stream_stream(f"{METHOD}VerifyBatch")() for _ in range(AT_ONCE // 2)]
            for stream in streams:
                for _ in range(3):
                    await stream.write(request)
            await asyncio.sleep(1)
            refused = await failure(node.stream_stream(f"{METHOD}VerifyBatch")().read())
            assert refused is not None
            assert refused.reason == "OVERLOADED"
            while True:  # they are ended for what they do not read, or because they send no more
                stream = node.stream_stream(f"{METHOD}VerifyBatch")()
                with suppress(grpc.aio.AioRpcError):  # it is turned away before it is written to
                    await stream.write(b"")
                if (error := await failure(stream.read())) is None:
                    return
                assert error.reason in ("OVERLOADED", "RATE_EXCEEDED", "STREAM_BROKEN")
                await asyncio.sleep(0.2)

    await asyncio.wait_for(run(), 30)


async def test_one_systems_streams_leave_room_and_end_when_they_are_silent(narrow: City) -> None:
    async def run() -> None:
        async with channel(narrow) as crowd, channel(narrow, "residence-desk") as other:
            streams = [crowd.stream_stream(f"{METHOD}VerifyBatch")() for _ in range(AT_ONCE // 2)]
            for stream in streams:
                await stream.write(b"")
                await stream.read()
            one_more = await failure(crowd.stream_stream(f"{METHOD}VerifyBatch")().read())
            assert one_more is not None
            assert one_more.reason == "OVERLOADED"
            await other.unary_unary("/yici.registry.v1.CatalogueService/ListDatasets")(b"", timeout=5)
            for stream in streams:
                ended = await failure(stream.read())
                assert ended is not None
                assert (ended.status, ended.reason) == ("UNAVAILABLE", "STREAM_IDLE")

    await asyncio.wait_for(run(), 30)
