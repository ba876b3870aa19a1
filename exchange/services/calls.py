"""What every call has in common: its certificate, its time, its outcome in metrics and its errors."""

from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.settings import Limits

DOMAIN = "yici"

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """A request message, and the hex SHA-256 of the bytes in which it came: what an answer is bound to.

    ``message`` is None if the bytes are none, and ``fault`` says why; the gate lets no such request through.
    """

    message: Any
    digest: str
    fault: str = ""


def certificate_of(context: Context) -> bytes:
    """The peer's certificate, PEM; empty if it has none."""
    return next(iter(context.auth_context().get("x509_pem_cert", ())), b"")


def seconds_left(context: Context, limits: Limits) -> float:
    """How long the call may take: its own deadline, within the node's bounds."""
    left = context.time_remaining()
    return limits.default_seconds if left is None else min(left, limits.max_seconds)


def call_of(method: str, context: Context, limits: Limits) -> Call:
    """The call that a context stands for."""
    return Call(method, certificate_of(context), seconds_left(context, limits))


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
    code = getattr(grpc.StatusCode, refusal.reason.status)
    context.set_code(code)  # for the gate, which asks how a call ended
    await context.abort(code, refusal.detail, metadata)
