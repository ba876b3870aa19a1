"""Connections to a node: mutual TLS, retries where useful, and errors with their reason."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import grpc
from google.protobuf.message import Message

from exchange.client.failures import translated
from exchange.client.messages import serialize, understood
from exchange.errors import ExchangeError
from keys.certificates import pem
from keys.connecting import require_own_key
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


class Connection:
    """A system's channel to a node."""

    def __init__(
        self, address: str, certificate: bytes, key: bytes, trust: TrustBundle | Path, seconds: float = 10.0
    ) -> None:
        """Create a channel; ``certificate`` (with its chain) and ``key`` are PEM.

        ``seconds`` bounds each call, retries included. ``trust`` is a bundle, or preferably the folder of one, which is
        read again when it changes.

        Raises:
            KeysError: the key is not the certificate's, or one of them or the bundle cannot be read.
        """
        require_own_key(certificate, key)
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
        checked = check(self.trust)
        return checked if checked.verdict is Verdict.VALID or not self._follow(_RENEW_SECONDS) else check(self.trust)

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
                response = await call(data, timeout=deadline - loop.time())
                return understood(response), sha256(data).hexdigest()
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
        files = [(path.name, path.stat()) for path in sorted(folder.glob("*"))]
    except OSError:  # a file is being replaced
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in files)
