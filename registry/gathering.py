"""Gathering: before shared work begins, let those who are on their way join it.

A statement or a commit costs the same for one question as for fifty, so under load it pays to wait a moment for the
questions that this process has taken up and that are not waiting here yet. Someone alone never waits (measured:
docs/adr/0005).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_SECONDS = 0.004
_TURNS = 8
_STEP_SECONDS = 0.001  # the event loop's timers have no finer one


class Crowd:
    """How many questions are inside this process, from being taken up to being answered."""

    def __init__(self) -> None:
        self._inside = 0

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Be one of them for as long as the block lasts."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def gather(self, waiting: Callable[[], int]) -> None:
        """Give way until all who are inside wait here, by ``waiting``'s count, or four milliseconds have passed."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_SECONDS
        while waiting() < self._inside and loop.time() < end:  # noqa: ASYNC110  # an event would fire on each arrival
            await asyncio.sleep(_STEP_SECONDS)


CROWD = Crowd()
"""The one of this process: a worker runs one event loop."""
