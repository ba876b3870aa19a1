"""Gathering: before shared work begins, let what has already arrived join it. No timer: turns of the event loop."""

import asyncio

_TURNS = 8


async def gather_arrivals() -> None:
    """Give way for a few turns of the loop: microseconds when it is idle, a fuller batch when it is busy.

    A turn takes up at most one new call an acceptor, so under load a batch would otherwise hold one or two
    (measured: docs/adr/0005).
    """
    for _ in range(_TURNS):
        await asyncio.sleep(0)
