"""Steps of a longer work: each is named while it runs, and marked with the time that it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.cli.texts import console, say


@contextmanager
def step(text: str) -> Iterator[None]:
    """One step of work."""
    name, started, mark = say(text), time.monotonic(), "[red]✗[/]"
    status = console().status(f"{name} …")
    status.start()
    try:
        yield
        mark = "[green]✓[/]"
    finally:
        status.stop()
        console().print(f"{mark} {name} [dim]{time.monotonic() - started:.1f} s[/]", soft_wrap=True)
