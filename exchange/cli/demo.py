"""``yici demo`` and ``yici world``: the invented world, and the case in it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.texts import say
from registry.china import CHINA


def demo(
    people: Annotated[int, typer.Option(min=1, max=10_000_000, help=say("Inhabitants."))] = 10_000,
    seed: Annotated[int, typer.Option(help=say("Seed of the world."))] = 1,
    data: Annotated[Path, typer.Option(help=say("Data folder; replaced by a new one."))] = Path(".yici/demo"),
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help=say("Leave the node and the departments running until Ctrl-C."),
        ),
    ] = False,
) -> None:
    """Play the case."""
    from exchange.demo.story import tell  # noqa: PLC0415  # only the demo needs the world

    asyncio.run(tell(data, people, seed, datetime.now(CHINA).date(), keep=keep))
