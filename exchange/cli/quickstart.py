"""``yici quickstart``: creates a node and sends one query."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.texts import say


def quickstart(
    data: Annotated[Path, typer.Option(envvar="YICI_DATA", help=say("Data folder, empty or new."))] = Path(
        ".yici/quickstart"
    ),
) -> None:
    """Make a node, ask it one question, check the evidence."""
    from exchange.demo.quickstart import start  # noqa: PLC0415  # only this command needs it

    asyncio.run(start(data))
