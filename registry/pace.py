"""Pace: shared work begins at once after a pause, else no sooner than a few milliseconds after it began last.

A statement or a commit costs the same for one question as for fifty, so under load it pays to let those that come a
moment later join. Someone alone hardly ever waits (measured: docs/adr/0005).
"""

import asyncio


class Pace:
    """The least time between two beginnings of the same work."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    async def wait(self) -> None:
        """Wait until the work may begin; at least one turn of the event loop, for what has arrived already."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(self._next - loop.time(), 0.0))
        self._next = loop.time() + self._seconds
