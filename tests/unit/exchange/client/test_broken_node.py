"""Tests of clients of broken nodes: every call raises an error of the client's own type."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from yici.exchange.v1 import exchange_pb2 as pb
from yici.registry.v1 import license_pb2, seal_pb2

from exchange.client.client import Client
from exchange.client.connection import OPTIONS
from exchange.client.licenses import LicenseClient
from exchange.client.messages import known
from exchange.client.proven import Chunk, Subject
from exchange.client.seals import SealClient
from exchange.errors import ExchangeError
from exchange.query.question import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from tests.support.sealing import DRAFT, KIND

BASIS = Basis("matter", "case", "law", "officer")
SUBJECT = Subject(SubjectKind.CITIZEN_ID, "11010519491231002X")
CLAIMS = [Claim("name", Operator.EQ, ("张三",))]
STATUS = "grpc-status-details-bin"
NONSENSE = b"\xff\xff\xff"


class Broken(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Run a server that answers every call with these bytes, or fails with these details."""

    def __init__(self, data: bytes, details: bytes = b"") -> None:
        self._data, self._details = data, details

    def service(self, details: Any) -> Any:
        if "Batch" in details.method:
            return grpc.stream_stream_rpc_method_handler(self._stream)
        return grpc.unary_unary_rpc_method_handler(self._answer)

    async def _answer(self, _: bytes, context: Any) -> bytes:
        if self._details:
            context.set_trailing_metadata(((STATUS, self._details),))
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        return self._data

    async def _stream(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for request in requests:
            yield await self._answer(request, context)


def failure(broken: Broken, call: str, seconds: float = 1.0) -> ExchangeError:
    """Return the error of a call to a broken node."""

    async def run() -> None:
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((broken,))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        kind = {"issue": LicenseClient, "seal": SealClient}.get(call, Client)
        client = kind.__new__(kind)
        client.seconds, client._process = seconds, os.getpid()
        client._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", OPTIONS)
        try:
            await asyncio.wait_for(_called(client, call), 10)
        finally:
            await client.close()
            await server.stop(0)

    with pytest.raises(ExchangeError) as caught:
        asyncio.run(run())
    return caught.value


async def _called(client: Any, call: str) -> None:
    async def once(item: Any) -> AsyncIterator[Any]:
        yield item

    if call == "verify":
        await client.verify(BASIS, "identity.person", SUBJECT, CLAIMS)
    elif call == "batch":
        chunks = once(Chunk("1", [SUBJECT.identifier]))
        async for found in client.verify_batch(BASIS, "identity.person", SUBJECT.kind, CLAIMS, chunks):
            raise found.error
    elif call == "issue":
        async for _ in client.issue_batch(BASIS, KIND.id, once([DRAFT])):
            pass
    else:
        async for _ in client.seal_batch(BASIS, "32050000000001", once([b"0" * 32])):
            pass


@pytest.mark.parametrize("call", ["verify", "batch", "issue", "seal"])
def test_bytes_that_are_no_message_are_no_answer(call: str) -> None:
    assert failure(Broken(NONSENSE), call).reason == "MALFORMED_ANSWER"


@pytest.mark.parametrize("call", ["verify", "batch"])
def test_an_error_that_cannot_be_read_is_an_error_all_the_same(call: str) -> None:
    assert failure(Broken(b"", NONSENSE), call).reason == "MALFORMED_ERROR"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("batch", pb.VerifyBatchResponse(error=NONSENSE)),
        ("issue", license_pb2.IssueBatchResponse(error=NONSENSE)),
        ("seal", seal_pb2.SealBatchResponse(error=NONSENSE)),
    ],
)
def test_a_batch_refused_with_what_cannot_be_read_is_refused(call: str, message: Any) -> None:
    assert failure(Broken(message.SerializeToString()), call).reason == "MALFORMED_ERROR"


def test_details_that_cannot_be_read_do_not_hide_the_error() -> None:
    odd = AnyMessage(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=NONSENSE)
    found = failure(Broken(b"", Status(code=14, message="away", details=[odd]).SerializeToString()), "verify")
    assert (found.status, found.detail) == ("UNAVAILABLE", "away")


def test_a_retry_delay_in_the_past_causes_no_endless_calls() -> None:
    before = AnyMessage()
    before.Pack(RetryInfo(retry_delay=Duration(seconds=-(10**9))))
    found = failure(Broken(b"", Status(code=14, message="away", details=[before]).SerializeToString()), "batch", 0.5)
    assert found.status == "UNAVAILABLE"


@pytest.mark.parametrize("call", ["issue", "seal"])
def test_a_batch_that_comes_back_shorter_is_refused(call: str) -> None:
    assert failure(Broken(b""), call).reason == "EVIDENCE_INVALID"


def test_a_number_that_means_nothing_is_named_by_its_field() -> None:
    with pytest.raises(ExchangeError, match="state: number 7"):
        known({1: "valid"}, 7, "state")
