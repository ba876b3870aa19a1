"""Commands that are acts of their operator: they need a reason and leave a ledger entry."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from exchange.acts.command import MAX_WHY, Command, is_reason
from exchange.acts.permit import Permit
from exchange.cli.texts import say
from exchange.node.wiring.host import Host, at_host
from exchange.settings import load_settings

T = TypeVar("T")
Work = Callable[[Host, Permit[Command]], Awaitable[T]]
"""What a command does once it is permitted; it records its entry."""


def reason(text: str) -> str:
    """Return the reason of a command.

    Raises:
        BadParameter: there is none, or it is too long.
    """
    if not is_reason(text):
        said = say(f"why this is done: 1 to {MAX_WHY} printable characters, which go on the record")
        raise typer.BadParameter(said, param_hint="'--why / YICI_WHY'")
    return text.strip()


Why = Annotated[
    str,
    typer.Option(
        "--why", envvar="YICI_WHY", callback=reason, show_default=False,
        help=say("Why; goes on the record. Required."),
    ),
]  # fmt: skip
"""The reason of a command that always needs one; the parameter's default is the empty text."""
WhyOpened = Annotated[
    str,
    typer.Option(
        "--why", envvar="YICI_WHY", show_default=False,
        help=say("Why; goes on the record, and opens what entries do not tell."),
    ),
]  # fmt: skip
"""The reason of a command that opens personal values if there is one."""


def act(data: Path, command: Command, work: Work[T]) -> T:
    """Perform a command's act; raises as ``Host.act``."""

    async def run() -> T:
        async with at_host(load_settings(data)) as host:
            return await host.act(command, lambda permit: work(host, permit))

    return asyncio.run(run())
