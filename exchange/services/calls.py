"""What every call has in common: its certificate, its time, its limits, its outcome in metrics and its errors."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

import grpc
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from exchange.metrics import count
from exchange.refusal import Reason, Refusal
from exchange.settings import Limits
from exchange.telemetry import span

DOMAIN = "yici"
log = structlog.get_logger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
_Answers = AsyncGenerator[Any, None]


@dataclass(frozen=True, slots=True)
class Received:
    """A request message, and the hex SHA-256 of the bytes in which it came: what an answer is bound to."""

    message: Any
    digest: str


class Gate:
    """Lets so many calls in at once, whatever their service; turns others away before anything is done for them.

    Who is turned away is counted but leaves no entry: what sheds load must not make any (docs/adr/0003).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = most

    def unary(self, name: str, work: Callable[[Any, Context], Awaitable[Any]]) -> Callable[[Any, Context], Any]:
        """A method that answers once, behind the gate."""

        async def gated(received: Any, context: Context) -> Any:
            if not self._free:
                return await self._turn_away(name, context)
            self._free -= 1
            try:
                return await work(received, context)
            finally:
                self._free += 1

        return gated

    def stream(self, name: str, work: Callable[[Any, Context], _Answers]) -> Callable[[Any, Context], _Answers]:
        """A method that answers with a stream, behind the gate for as long as the stream is open."""

        async def gated(received: Any, context: Context) -> _Answers:
            if not self._free:
                await self._turn_away(name, context)
            self._free -= 1
            try:
                async with aclosing(work(received, context)) as answers:
                    async for answer in answers:
                        yield answer
            finally:
                self._free += 1

        return gated

    async def _turn_away(self, name: str, context: Context) -> NoReturn:
        count(name, Reason.OVERLOADED.name, 0.0)
        await abort(context, Refusal(Reason.OVERLOADED, f"{self._most} calls at once are under way; come back"))


def handlers(service: ServiceDescriptor, implementation: object, gate: Gate) -> grpc.GenericRpcHandler:
    """The handlers of a service: each method is the implementation's method of the same name in snake_case."""
    found = {}
    for method in service.methods:
        name = "".join(f"_{c.lower()}" if c.isupper() else c for c in method.name).lstrip("_")
        guard = gate.stream if method.server_streaming else gate.unary
        work = guard(method.name, getattr(implementation, name))
        read = _reader(GetMessageClass(method.input_type))
        make = _MAKERS[method.client_streaming, method.server_streaming]
        found[method.name] = make(work, request_deserializer=read, response_serializer=_write)
    return grpc.method_handlers_generic_handler(service.full_name, found)


_MAKERS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _reader(shape: type[Message]) -> Callable[[bytes], Received]:
    return lambda data: Received(shape.FromString(data), sha256(data).hexdigest())


def _write(message: Message) -> bytes:
    return message.SerializeToString()


def certificate_of(context: Context) -> bytes:
    """The peer's certificate, PEM; empty if it has none."""
    return next(iter(context.auth_context().get("x509_pem_cert", ())), b"")


def seconds_left(context: Context, limits: Limits) -> float:
    """How long the call may take: its own deadline, within the node's bounds."""
    left = context.time_remaining()
    return limits.default_seconds if left is None else min(left, limits.max_seconds)


async def counted(method: str, work: Awaitable[Any]) -> Any:
    """Await the work of a call, and count it by method and outcome."""
    started = time.perf_counter()
    outcome = Reason.INTERNAL.name
    try:
        with span(method):
            result = await work
        outcome = result.reason.name if isinstance(result, Refusal) else "OK"
        return result
    finally:
        count(method, outcome, time.perf_counter() - started)


def status_of(refusal: Refusal) -> Status:
    """The ``google.rpc.Status`` of a refusal, with ErrorInfo, and BadRequest or RetryInfo where they help."""
    details: list[Message] = [ErrorInfo(reason=refusal.reason.name, domain=DOMAIN)]
    if refusal.field:
        violation = BadRequest.FieldViolation(field=refusal.field, description=refusal.detail)
        details.append(BadRequest(field_violations=[violation]))
    if refusal.retry_seconds is not None:
        nanos = int(refusal.retry_seconds * 1e9)
        details.append(RetryInfo(retry_delay=Duration(seconds=nanos // 10**9, nanos=nanos % 10**9)))
    packed = []
    for detail in details:
        item = AnyMessage()
        item.Pack(detail)
        packed.append(item)
    code = getattr(grpc.StatusCode, refusal.reason.status).value[0]
    return Status(code=code, message=refusal.detail, details=packed)


async def abort(context: Context, refusal: Refusal) -> NoReturn:
    """End the call with a refusal."""
    status = status_of(refusal)
    metadata = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(getattr(grpc.StatusCode, refusal.reason.status), refusal.detail, metadata)


class RateLimit:
    """Calls a second of each system in this worker: a bucket that fills steadily and holds one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._buckets: dict[bytes, tuple[float, float]] = {}

    def take(self, certificate: bytes) -> Refusal | None:
        """Take one call; the refusal, if there was none left."""
        now = time.monotonic()
        left, at = self._buckets.get(certificate, (self._rate, now))
        left = min(self._rate, left + (now - at) * self._rate)
        if left < 1:
            self._buckets[certificate] = (left, now)
            return Refusal(Reason.RATE_EXCEEDED, f"more than {self._rate:g} calls a second; slow down")
        self._buckets[certificate] = (left - 1, now)
        return None
