"""``yici ledger clock`` and ``accept``: an operator's confirmations for a ledger in doubt."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from exchange.acts.command import Command, opening_of
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act, reason
from exchange.cli.opened import opened
from exchange.cli.tables import Utc
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.cli.times import shown_time
from exchange.node.ntp import ntp_state
from exchange.node.wiring.host import Host
from exchange.paths import published
from exchange.settings import load_settings
from registry.ledger.append import Appended, read_head
from registry.ledger.appender import TransactionalAppender
from registry.ledger.clock import is_behind, utc_now
from registry.ledger.leaf import Opening
from registry.ledger.publishing import publish


def clock(
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm",
            help=say("The clock is right now; the ledger was ahead."),
        ),
    ] = False,
    why: Annotated[
        str,
        typer.Option(envvar="YICI_WHY", show_default=False, help=say("Why; required with --confirm.")),
    ] = "",
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show the clock and the last entry's time, or confirm the clock."""
    if confirm:
        appended = _written(
            data, Command("ledger.clock", "ledger.clock", reason(why)), TransactionalAppender.confirm_clock
        )
        console().print(say(f"On the record as entry {appended.growth.start}; entries carry the clock's time again."))  # fmt: skip
        return

    async def run() -> None:
        async with opened(data) as folder, folder.database.connection() as connection:
            head = await read_head(connection)
        now = utc_now()
        last = shown_time(head.at, utc=utc) if head.at else "—"
        console().print(say(f"clock {shown_time(now, utc=utc)} ({ntp_state()}); last entry {last}"), soft_wrap=True)  # fmt: skip
        if is_behind(head.at, now):
            console().print(say("In doubt: the clock is behind the last entry. If the clock is wrong, put it right, and the node records again. "
                                "If it is right: yici ledger clock --confirm --why '…'"),
                            soft_wrap=True)  # fmt: skip
            raise typer.Exit(1)

    asyncio.run(run())


def accept(why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Accept the log in the database, and publish its checkpoint."""
    appended = _written(data, Command("ledger.accept", "ledger.checkpoint", why), TransactionalAppender.accept)
    publish(published(load_settings(data)), appended.checkpoint)
    console().print(say(f"On the record as entry {appended.growth.start}; the checkpoint over {appended.growth.size} entries is published."))  # fmt: skip


def _written(
    data: Path,
    command: Command,
    write: Callable[[TransactionalAppender, asyncpg.Connection, Opening, str], Awaitable[Appended]],
) -> Appended:
    """Append an operator's confirmation to the ledger."""

    async def work(host: Host, _permit: Permit[Command]) -> Appended:
        opening = opening_of(host.operator, command.why)
        async with host.database.connection() as connection, connection.transaction():
            return await write(host.appender, connection, opening, host.operator.known_by)

    return act(data, command, work)
