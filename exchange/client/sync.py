"""The client for programs without an event loop, with the same methods, which block.

::

    with SyncClient("node:7443", certificate=…, key=…, trust=folder) as client:
        client.verify(basis, "identity.person", subject, [Claim("name", Operator.EQ, ("张三",))]).holds
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from exchange.client.client import Client
from exchange.client.connection import require_same_process
from exchange.client.proven import Chunk, ChunkVerified, Queried, Requirement, Subject, Verified
from exchange.errors import ExchangeError
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.claims import Claim
from registry.identifiers import SubjectKind

T = TypeVar("T")


class SyncClient:
    """A blocking ``Client``, whose connection is in a thread of its own."""

    def __init__(
        self, address: str, certificate: bytes, key: bytes, trust: TrustBundle | Path, seconds: float = 10.0
    ) -> None:
        """Connect with the same arguments as ``Client``."""
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="yici-client")
        self._thread.start()

        async def make() -> Client:
            return Client(address, certificate, key, trust, seconds)

        try:
            self._client = self._wait(make())
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection, unless this is a forked child process."""
        if self._process == os.getpid() and not self._loop.is_closed():
            self._wait(self._client.close())
            self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def verify(self, basis: Basis, dataset: str, subject: Subject, claims: Sequence[Claim]) -> Verified:
        """Verify claims about a subject; see ``Client.verify``."""
        return self._wait(self._client.verify(basis, dataset, subject, claims))

    def query(self, basis: Basis, dataset: str, subject: Subject, fields: Sequence[str]) -> Queried:
        """Get fields of a subject's records; see ``Client.query``."""
        return self._wait(self._client.query(basis, dataset, subject, fields))

    def resolve(self, basis: Basis, subjects: Mapping[str, Subject], facts: Mapping[str, str]) -> list[Requirement]:
        """Resolve all requirements of a matter; see ``Client.resolve``."""
        return self._wait(self._client.resolve(basis, subjects, facts))

    def verify_batch(
        self,
        basis: Basis,
        dataset: str,
        kind: SubjectKind,
        claims: Sequence[Claim],
        chunks: Iterable[Chunk],
        *,
        pause_gc: bool = False,
    ) -> Iterator[ChunkVerified]:
        """Verify chunks; see ``Client.verify_batch``. Reads each chunk after the last answer."""
        given: asyncio.Queue[Chunk | None] = asyncio.Queue()

        async def following() -> AsyncIterator[Chunk]:
            while (chunk := await given.get()) is not None:
                yield chunk

        answers = self._client.verify_batch(basis, dataset, kind, claims, following(), pause_gc=pause_gc)

        async def answer(chunk: Chunk | None) -> ChunkVerified | None:
            await given.put(chunk)
            return await anext(answers, None)

        try:
            for chunk in chunks:
                if (found := self._wait(answer(chunk))) is not None:
                    yield found
            self._wait(answer(None))
        finally:
            if self._process == os.getpid() and not self._loop.is_closed():
                self._wait(answers.aclose())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            require_same_process(self._process)  # the worker thread does not exist in a forked child
        except ExchangeError:
            work.close()
            raise
        if self._loop.is_closed() or threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this client is closed" if self._loop.is_closed() else "waiting here would never end")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
