"""Tests of the blocking client: it has the same results, and never waits forever."""

import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from exchange.client import Chunk, SyncClient
from exchange.client import sync as sync_client


class _Client:
    """Answers every chunk with the chunk itself."""

    def __init__(self, address: str, *_: Any) -> None:
        if not address:
            raise ValueError("no address")

    async def close(self) -> None:
        """Do nothing."""

    async def verify(self, *_: Any) -> str:
        """Return the client itself."""
        return "verified"

    async def verify_batch(self, *arguments: Any, **_: Any) -> AsyncIterator[Chunk]:
        """Yield each chunk as it arrives."""
        async for chunk in arguments[-1]:
            yield chunk


@pytest.fixture(autouse=True)
def _without_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_client, "Client", _Client)


def _batch(client: SyncClient, chunks: Any) -> Iterator[Any]:
    nothing: Any = None
    return client.verify_batch(nothing, "d", nothing, [], chunks)


def test_chunks_are_read_in_the_callers_thread_and_may_call_the_client() -> None:
    nothing: Any = None
    with sqlite3.connect(":memory:") as store, SyncClient("node", b"", b"", nothing) as client:

        def chunks() -> Iterator[Chunk]:
            for (name,) in store.execute("VALUES ('a'), ('b'), ('c')"):
                assert client.verify(nothing, "d", nothing, []) == "verified"
                yield Chunk(name, ())

        assert [found.id for found in _batch(client, chunks())] == ["a", "b", "c"]
    store.close()


def test_an_error_in_the_callers_chunks_is_raised_to_the_caller() -> None:
    def chunks() -> Iterator[Chunk]:
        yield Chunk("a", ())
        raise LookupError("no more")

    nothing: Any = None
    with SyncClient("node", b"", b"", nothing) as client:
        answers = _batch(client, chunks())
        assert next(answers).id == "a"
        with pytest.raises(LookupError):
            next(answers)


def test_closing_ends_everything_however_often_and_leaves_no_thread() -> None:
    nothing: Any = None
    before = set(threading.enumerate())
    with SyncClient("node", b"", b"", nothing) as client:
        answers = _batch(client, [Chunk("a", ()), Chunk("b", ())])
        next(answers)
        client.close()
        answers.close()  # type: ignore[attr-defined]  # a generator
    with pytest.raises(RuntimeError, match="closed"):
        client.verify(nothing, "d", nothing, [])
    for _ in range(3):
        with pytest.raises(ValueError, match="no address"):
            SyncClient("", b"", b"", nothing)
    assert set(threading.enumerate()) <= before
