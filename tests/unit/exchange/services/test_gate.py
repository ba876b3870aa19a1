"""Tests of the gate: acts whose callers have left count as calls."""

from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from exchange.services.calls import Received
from exchange.services.gate import Gate
from exchange.settings import Limits


class _Context:
    """A call without metadata, which ends when it is aborted."""

    def set_code(self, _code: grpc.StatusCode) -> None:
        """Ignore the code, which metrics read."""

    async def abort(self, code: grpc.StatusCode, _detail: str, _metadata: object) -> None:
        """End the call."""
        raise grpc.aio.AbortError(code.name)

    def code(self) -> None:
        """Return that no code is set."""


class _Unread:
    async def first(self, _context: object) -> Received:
        """Return a request that was received."""
        return Received("Verify", "message", "")


async def test_acts_whose_callers_have_left_count_as_calls() -> None:
    async def work(_received: Received, _context: object) -> str:
        return "answer"

    road, context, unread = SimpleNamespace(left=1), _Context(), _Unread()
    gated = Gate(Limits(concurrent_calls=2), road, unread).unary("Verify", work)  # type: ignore[arg-type]
    call: Any = gated(None, context)  # type: ignore[arg-type]
    assert await call == "answer"
    road.left = 2
    with pytest.raises(grpc.aio.AbortError, match="RESOURCE_EXHAUSTED"):
        await gated(None, context)  # type: ignore[arg-type]
