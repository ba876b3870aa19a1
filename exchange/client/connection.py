"""A system's connection to a node: mutual TLS, retries that help, errors with their reason."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from exchange.errors import ExchangeError
from exchange.services.wire.times import time_of
from keys.certificates import pem
from keys.errors import KeysError
from keys.evidence import Verdict
from keys.trust import TrustBundle

TRIES = 4
BACKOFF_SECONDS = 0.1
_RESPONSE_BYTES = 64 * 1024 * 1024
OPTIONS = (
    ("grpc.max_receive_message_length", _RESPONSE_BYTES),
    ("grpc.enable_http_proxy", 0),  # a node is in the department's own network; a proxy sees who is asked about
    ("grpc.keepalive_time_ms", 10_000),  # a node that vanished is noticed while a call waits for it
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)
"""What each channel to a node is made with."""
_FOLLOW_SECONDS, _RENEW_SECONDS = 5.0, 0.2
"""Between two looks at the trust bundle's folder: as a matter of course, and where a check has not held."""


class _Judged(Protocol):
    @property
    def verdict(self) -> Verdict:
        """Valid, invalid, or not to be said."""


_Checked = TypeVar("_Checked", bound=_Judged)
_Meant = TypeVar("_Meant")


class Connection:
    """One system's channel to a node."""

    def __init__(
        self, address: str, certificate: bytes, key: bytes, trust: TrustBundle | Path, seconds: float = 10.0
    ) -> None:
        """``certificate`` (its chain) and ``key`` are PEM; ``seconds`` bounds each call, retries included.

        ``trust`` is a bundle, or better the folder of one, which is read again when it is renewed.
        """
        self._folder = trust if isinstance(trust, Path) else None
        self._stamp = _stamp(self._folder) if self._folder else ()
        self.trust = TrustBundle.load(trust) if isinstance(trust, Path) else trust
        self._looked_at = time.monotonic()
        self.seconds = seconds
        self._process = os.getpid()
        credentials = grpc.ssl_channel_credentials(pem(*self.trust.roots), key, certificate)
        self._channel = grpc.aio.secure_channel(address, credentials, OPTIONS)

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel to the node.

        Raises:
            ExchangeError: the process has forked since it was made: a channel does not work in the child.
        """
        require_same_process(self._process)
        return self._channel

    async def __aenter__(self) -> Self:
        """The client itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection; in a forked child there is none to close."""
        if self._process == os.getpid():
            await self._channel.close()

    def judged(self, check: Callable[[TrustBundle], _Checked]) -> _Checked:
        """What a check against the trust bundle comes to; its folder is followed, and asked again before saying no."""
        self._follow(_FOLLOW_SECONDS)
        found = check(self.trust)
        return found if found.verdict is Verdict.VALID or not self._follow(_RENEW_SECONDS) else check(self.trust)

    def _follow(self, after: float) -> bool:
        """Read the trust bundle's folder again if it has changed and was last looked at so long ago; whether it was."""
        now = time.monotonic()
        if self._folder is None or now - self._looked_at < after:
            return False
        self._looked_at, stamp = now, _stamp(self._folder)
        if stamp == self._stamp:
            return False
        try:
            fresh = TrustBundle.load(self._folder)
        except KeysError:  # it is being replaced; what was read before stands
            return False
        if self.trust.revocation_lists and not fresh.revocation_lists:  # as above
            return False
        self.trust, self._stamp = fresh, stamp
        return True

    def stream(self, path: str, shape: type[Any]) -> Any:
        """A stream of messages both ways. Have its first message ready: a node waits only seconds for that."""
        return self.channel.stream_stream(path, request_serializer=serialize, response_deserializer=shape.FromString)()

    async def pages(self, service: str, method: str, request: Any, shape: type[Any]) -> AsyncIterator[Any]:
        """Each page of a list, from the one that ``request`` asks for to the last."""
        while True:
            page, _ = await self.call(service, method, request, shape)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def call(self, service: str, method: str, request: Message, shape: type[Any]) -> tuple[Any, str]:
        """One call, tried again while that can help and there is time."""
        data = request.SerializeToString(deterministic=True)
        call: Any = self.channel.unary_unary(service + method, response_deserializer=shape.FromString)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.seconds
        for attempt in range(TRIES):
            try:
                found = await call(data, timeout=deadline - loop.time())
                return understood(found), sha256(data).hexdigest()
            except grpc.aio.AioRpcError as error:
                failure = translated(error)
                wait = failure.retry_seconds or BACKOFF_SECONDS * 2**attempt
                if not failure.passing or attempt == TRIES - 1 or loop.time() + wait >= deadline:
                    raise failure from error
                await asyncio.sleep(wait)
        raise AssertionError("unreachable")


def require_same_process(made_in: int) -> None:
    """Refuse to use in one process what was made in another.

    Raises:
        ExchangeError: the process has forked since.
    """
    if made_in != os.getpid():
        detail = "this client was made before the process forked; make one in each process"
        raise ExchangeError("FAILED_PRECONDITION", "CLIENT_FORKED", detail)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells that a folder's files have changed."""
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.glob("*"))]
    except OSError:  # a file is being replaced
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def serialize(message: Message) -> bytes:
    """The bytes that go over the wire, and whose digest an answer is bound to."""
    return message.SerializeToString(deterministic=True)


def translated(error: grpc.aio.AioRpcError) -> ExchangeError:
    """A failed call as an error with its reason."""
    return _failure(error.code(), error.details(), error.trailing_metadata())


async def ended(stream: Any) -> ExchangeError:
    """Why a stream has ended, for whoever still has something to say."""
    return _failure(await stream.code(), await stream.details(), await stream.trailing_metadata())


def _failure(code: grpc.StatusCode, detail: str | None, metadata: Any) -> ExchangeError:
    details = dict(metadata or ()).get("grpc-status-details-bin")
    if isinstance(details, bytes):
        return error_in(details)
    if code is grpc.StatusCode.OK:
        return ExchangeError("UNAVAILABLE", "STREAM_BROKEN", "the stream ended before everything was answered")
    return ExchangeError(code.name, code.name, detail or "no detail")


def understood(response: _Meant | None) -> _Meant:
    """A node's message; gRPC gives None for bytes that are none of its shape.

    Raises:
        ExchangeError: there is none.
    """
    if response is None:
        raise ExchangeError("DATA_LOSS", "MALFORMED_ANSWER", "what came back is no message of this call")
    return response


def error_in(data: bytes) -> ExchangeError:
    """A serialized ``google.rpc.Status`` as an error with its reason, or what to say of bytes that are none."""
    try:
        return error_of(Status.FromString(data))
    except DecodeError:
        return ExchangeError("DATA_LOSS", "MALFORMED_ERROR", "the node refused this, and does not say why")


def known(table: Mapping[int, _Meant], number: int, field: str) -> _Meant:
    """What a number in a node's message means.

    Raises:
        ExchangeError: nothing that is known here.
    """
    if number not in table:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", f"{field}: number {number} means nothing here")
    return table[number]


def time_in(message: Message, field: str) -> datetime | None:
    """The time in a field of a node's message; None where it is unset.

    Raises:
        ExchangeError: it is no time.
    """
    try:
        return time_of(message, field)
    except ValueError as error:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", f"{field}: {error}") from error


def error_of(status: Status) -> ExchangeError:
    """A ``google.rpc.Status`` as an error with its reason."""
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
