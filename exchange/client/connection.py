"""Connections to a node: mutual TLS, retries where useful, and errors with their reason."""

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
    ("grpc.enable_http_proxy", 0),  # a node is in the department's own network, and a proxy would see the subjects
    ("grpc.keepalive_time_ms", 10_000),  # an unreachable node is detected during a call
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)
"""The options of channels to a node."""
_FOLLOW_SECONDS, _RENEW_SECONDS = 5.0, 0.2
"""Seconds between checks of the trust bundle's folder: in general, and after a failed check."""


class _Judged(Protocol):
    @property
    def verdict(self) -> Verdict:
        """Valid, invalid or undecided."""


_Checked = TypeVar("_Checked", bound=_Judged)
_Meant = TypeVar("_Meant")


class Connection:
    """A system's channel to a node."""

    def __init__(
        self, address: str, certificate: bytes, key: bytes, trust: TrustBundle | Path, seconds: float = 10.0
    ) -> None:
        """Create a channel; ``certificate`` (with its chain) and ``key`` are PEM.

        ``seconds`` bounds each call, retries included. ``trust`` is a bundle, or preferably the folder of one, which is
        read again when it changes.
        """
        self._folder = trust if isinstance(trust, Path) else None
        self._stamp = _stamp(self._folder) if self._folder else ()
        self.trust = TrustBundle.load(trust) if isinstance(trust, Path) else trust
        self._last_look = time.monotonic()
        self.seconds = seconds
        self._process = os.getpid()
        credentials = grpc.ssl_channel_credentials(pem(*self.trust.roots), key, certificate)
        self._channel = grpc.aio.secure_channel(address, credentials, OPTIONS)

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel to the node.

        Raises:
            ExchangeError: the process has forked since: channels do not work in child processes.
        """
        require_same_process(self._process)
        return self._channel

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection, unless this is a forked child process."""
        if self._process == os.getpid():
            await self._channel.close()

    def judged(self, check: Callable[[TrustBundle], _Checked]) -> _Checked:
        """Run a check against the trust bundle; if it fails, read a changed bundle's folder and check again."""
        self._follow(_FOLLOW_SECONDS)
        found = check(self.trust)
        return found if found.verdict is Verdict.VALID or not self._follow(_RENEW_SECONDS) else check(self.trust)

    def _follow(self, after: float) -> bool:
        """Read a changed trust bundle's folder if the last check was so long ago; return whether it was read."""
        now = time.monotonic()
        if self._folder is None or now - self._last_look < after:
            return False
        self._last_look, stamp = now, _stamp(self._folder)
        if stamp == self._stamp:
            return False
        try:
            fresh = TrustBundle.load(self._folder)
        except KeysError:  # being replaced; the previous bundle is kept
            return False
        if self.trust.revocation_lists and not fresh.revocation_lists:  # as above
            return False
        self.trust, self._stamp = fresh, stamp
        return True

    def stream(self, path: str, shape: type[Any]) -> Any:
        """Open a bidirectional stream; its first message must be ready, since a node waits for it briefly."""
        return self.channel.stream_stream(path, request_serializer=serialize, response_deserializer=shape.FromString)()

    async def pages(self, service: str, method: str, request: Any, shape: type[Any]) -> AsyncIterator[Any]:
        """Yield all pages of a list from the requested one on."""
        while True:
            page, _ = await self.call(service, method, request, shape)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def call(self, service: str, method: str, request: Message, shape: type[Any]) -> tuple[Any, str]:
        """Make one call, and retry while that can help and time remains."""
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
    """Refuse use in another process than the one that created an object.

    Raises:
        ExchangeError: the process has forked since.
    """
    if made_in != os.getpid():
        detail = "this client was made before the process forked; make one in each process"
        raise ExchangeError("FAILED_PRECONDITION", "CLIENT_FORKED", detail)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return a value that changes with a folder's files."""
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.glob("*"))]
    except OSError:  # a file is being replaced
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def serialize(message: Message) -> bytes:
    """Return the bytes sent to the node, to whose digest an answer is bound."""
    return message.SerializeToString(deterministic=True)


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
    if code is grpc.StatusCode.OK:
        return ExchangeError("UNAVAILABLE", "STREAM_BROKEN", "the stream ended before everything was answered")
    return ExchangeError(code.name, code.name, detail or "no detail")


def understood(response: _Meant | None) -> _Meant:
    """Return a node's message; gRPC gives None for bytes of another type.

    Raises:
        ExchangeError: there is none.
    """
    if response is None:
        raise ExchangeError("DATA_LOSS", "MALFORMED_ANSWER", "what came back is no message of this call")
    return response


def error_in(data: bytes) -> ExchangeError:
    """Return a serialized ``google.rpc.Status`` as an error, or an error about invalid bytes."""
    try:
        return error_of(Status.FromString(data))
    except DecodeError:
        return ExchangeError("DATA_LOSS", "MALFORMED_ERROR", "the node refused this, and does not say why")


def known(table: Mapping[int, _Meant], number: int, field: str) -> _Meant:
    """Return the meaning of a number in a node's message.

    Raises:
        ExchangeError: the number is unknown.
    """
    if number not in table:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", f"{field}: number {number} means nothing here")
    return table[number]


def time_in(message: Message, field: str) -> datetime | None:
    """Return the time in a field of a node's message; None if unset.

    Raises:
        ExchangeError: the time is invalid.
    """
    try:
        return time_of(message, field)
    except ValueError as error:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", f"{field}: {error}") from error


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
