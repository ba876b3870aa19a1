"""Scenario tests of replays: an answer to an earlier, equal request is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from google.protobuf.message import Message

from exchange.client import Chunk, EvidenceError, LicenseClient
from exchange.client.messages import serialize
from exchange.demo.city import City
from registry.identifiers import SubjectKind
from tests.support.ask import APPLICANT, BASIS, IS_NAME, NAME
from tests.support.permits import SETTLE


class Replaying:
    """Replaces the answers of a node's calls with the first one."""

    def __init__(self, client: LicenseClient) -> None:
        self._call = client.call
        self._kept: Any = None

    async def call(self, service: str, method: str, request: Message, shape: type[Any]) -> tuple[Any, str]:
        """Return the first answer with the digest of the current request."""
        if self._kept is None:
            self._kept, _ = await self._call(service, method, request, shape)
        return self._kept, sha256(serialize(request)).hexdigest()


class ReplayingStream:
    """Replaces the answers of a stream with the first one."""

    kept: Any = None

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def write(self, request: Message) -> None:
        """Send a request."""
        await self._stream.write(request)

    async def read(self) -> Any:
        """Return the first answer of all streams."""
        ReplayingStream.kept = ReplayingStream.kept or await self._stream.read()
        return ReplayingStream.kept

    async def done_writing(self) -> None:
        """End the requests."""
        await self._stream.done_writing()

    def cancel(self) -> None:
        """Cancel the stream."""
        self._stream.cancel()


@pytest.mark.parametrize("method", ["verify", "query", "resolve", "find", "bundle"])
async def test_a_replayed_answer_to_an_equal_question_is_withheld(
    city: City, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, tuple[Any, ...]] = {
        "verify": (BASIS, "identity.person", APPLICANT, [IS_NAME]),
        "query": (BASIS, "identity.person", APPLICANT, ["name"]),
        "resolve": (replace(BASIS, legal_basis=""), {"applicant": APPLICANT}, {"name": NAME}),
        "find": (SETTLE, "residence_permit", APPLICANT, ["number"]),
        "bundle": (SETTLE, {"applicant": APPLICANT}),
    }

    async with city.license_client("talent-settlement") as client:
        monkeypatch.setattr(client, "call", Replaying(client).call)
        await getattr(client, method)(*asked[method])
        with pytest.raises(EvidenceError, match="request"):
            await getattr(client, method)(*asked[method])


async def test_a_replayed_answer_to_an_equal_chunk_is_withheld(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("1", [APPLICANT.identifier])

    async with city.client() as client:
        stream = client.stream
        monkeypatch.setattr(ReplayingStream, "kept", None)
        monkeypatch.setattr(client, "stream", lambda path, shape: ReplayingStream(stream(path, shape)))
        asked = BASIS, "identity.person", SubjectKind.CITIZEN_ID, [IS_NAME]
        assert [found.error async for found in client.verify_batch(*asked, chunks())] == [None]
        with pytest.raises(EvidenceError, match="request"):
            _ = [found async for found in client.verify_batch(*asked, chunks())]
