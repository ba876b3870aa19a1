"""Parts common to all calls: certificate, deadline, and refusals as gRPC errors."""

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
    """A method's request, and the hex SHA-256 of its received bytes, to which the answer is bound.

    ``message`` is None if the bytes cannot be parsed, and ``fault`` says why; the gate refuses such requests.
    """

    method: str
    message: Any
    digest: str
    fault: str = ""


def certificate_of(context: Context) -> bytes:
    """Return the peer's certificate in PEM; empty if there is none."""
    return next(iter(context.auth_context().get("x509_pem_cert", ())), b"")


def seconds_left(context: Context, limits: Limits) -> float:
    """Return the time that the call may take: its own deadline, within the node's limits."""
    left = context.time_remaining()
    return limits.default_seconds if left is None else min(left, limits.max_seconds)


def call_of(received: Received, context: Context, limits: Limits) -> Call:
    """Return the call of a request."""
    return Call(received.method, certificate_of(context), seconds_left(context, limits))


def status_of(refusal: Refusal) -> Status:
    """Return the ``google.rpc.Status`` of a refusal, with ErrorInfo, BadRequest and RetryInfo."""
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
    """End a call with a refusal."""
    status = status_of(refusal)
    metadata = (("grpc-status-details-bin", status.SerializeToString()),)
    code = getattr(grpc.StatusCode, refusal.reason.status)
    context.set_code(code)  # read by the gate, which ends the connection of a refused certificate
    await context.abort(code, refusal.detail, metadata)
