"""Options of commands that call a node as a person or system, and their output."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from exchange.cli.acting import Why
from exchange.cli.connecting import connect
from exchange.cli.tables import AsJson, Column, show_json, show_rows
from exchange.cli.texts import say

if TYPE_CHECKING:  # gRPC is not needed by the other commands
    from exchange.client.admin import AdminClient

__all__ = ["Address", "AsJson", "Credentials", "DryRun", "Trust", "Why", "show", "through"]

T = TypeVar("T")
Address = Annotated[str, typer.Option(envvar="YICI_ADDRESS", help=say("Node, host:port."))]
Credentials = Annotated[
    Path,
    typer.Option(
        envvar="YICI_CREDENTIALS", exists=True, file_okay=False, help=say("Folder with chain.pem and the key.")
    ),
]
Trust = Annotated[Path, typer.Option(envvar="YICI_TRUST", help=say("Folder of the trust bundle."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("Show what would change, and change nothing."))]


def through(
    address: str, credentials: Path, trust: Path, work: "Callable[[AdminClient], Awaitable[T]]", seconds: float = 60.0
) -> T:
    """Call a node with the key and certificate of a folder; return what the work returns."""
    from exchange.client.admin import AdminClient  # noqa: PLC0415  # gRPC is not needed by the other commands

    async def run() -> T:
        async with connect(AdminClient, address, credentials, trust, seconds) as client:
            return await work(client)

    return asyncio.run(run())


def show(columns: Sequence[Column], items: Sequence[Any], *, as_json: bool) -> None:
    """Print items, which are dataclasses, as a table of some columns, or whole as a JSON array."""
    rows = [asdict(item) for item in items]
    if as_json:
        show_json(rows)
    else:
        show_rows(columns, rows)
