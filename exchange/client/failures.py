"""Conversion of a node's refusals and failures to ``ExchangeError``."""

from contextlib import suppress
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from exchange.errors import ExchangeError


def translated(error: grpc.aio.AioRpcError) -> ExchangeError:
    """Return a failed call as an error with its reason."""
    return _failure(error.code(), error.details(), error.trailing_metadata())


async def ended(stream: Any) -> ExchangeError:
    """Return why a stream has ended, for a caller that has more to send."""
    return _failure(await stream.code(), await stream.details(), await stream.trailing_metadata())


def _failure(code: grpc.StatusCode, detail: str | None, metadata: Any) -> ExchangeError:
    details = dict(metadata or ()).get("grpc-status-details-bin")
    if isinstance(details, bytes):
        return error_in(details)
    # If a write fails as the stream ends, grpc.aio reports this in the place of the node's status (grpc#36066).
    lost = code is grpc.StatusCode.INTERNAL and (detail or "").startswith("Internal error from Core")
    if lost or code is grpc.StatusCode.OK:
        return ExchangeError("UNAVAILABLE", "STREAM_BROKEN", "the stream ended before everything was answered")
    return ExchangeError(code.name, code.name, detail or "no detail")


def error_in(data: bytes) -> ExchangeError:
    """Return a serialized ``google.rpc.Status`` as an error, or an error about invalid bytes."""
    try:
        return error_of(Status.FromString(data))
    except DecodeError:
        return ExchangeError("DATA_LOSS", "MALFORMED_ERROR", "the node refused this, and does not say why")


def error_of(status: Status) -> ExchangeError:
    """Return a ``google.rpc.Status`` as an error with its reason."""
    info, bad, retry = ErrorInfo(), BadRequest(), RetryInfo()
    seconds: float | None = None
    for detail in status.details:
        for kind in (info, bad, retry):
            with suppress(ValueError, DecodeError):
                detail.Unpack(kind)
    if retry.HasField("retry_delay"):
        seconds = max(retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9, 0.0)
    field = bad.field_violations[0].field if bad.field_violations else ""
    name = next((code.name for code in grpc.StatusCode if code.value[0] == status.code), "UNKNOWN")
    return ExchangeError(name, info.reason, status.message, field, seconds)
