"""Pace: shared work begins at once after a pause, else no sooner than a few milliseconds after it ended last.

A statement costs nearly the same for one question as for fifty, so under load it pays to let those that come a moment
later join. Someone alone hardly ever waits (measured: docs/adr/0008 and 0009).
"""

import asyncio


class Pace:
    """The least time between two turns of the same work: ``async with pace:`` around each."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    async def __aenter__(self) -> None:
        """Wait until the work may begin; at least one turn of the event loop, for what has arrived already."""
        await asyncio.sleep(max(self._next - asyncio.get_running_loop().time(), 0.0))

    async def __aexit__(self, *_: object) -> None:
        """The work has ended."""
        self._next = asyncio.get_running_loop().time() + self._seconds
