"""Steps of a longer command: each is printed while it runs, and then with its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.cli.texts import console, say


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print a step and its time around the block."""
    name, started, mark = say(text), time.monotonic(), "[red]✗[/]"
    status = console().status(f"{name} …")
    status.start()
    try:
        yield
        mark = "[green]✓[/]"
    finally:
        status.stop()
        console().print(f"{mark} {name} [dim]{time.monotonic() - started:.1f} s[/]", soft_wrap=True)
