"""``yici ledger clock`` and ``accept``: an operator's confirmations for a ledger in doubt."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from exchange.cli.opened import opened
from exchange.cli.tables import Utc
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.cli.times import shown_time
from exchange.node.ntp import ntp_state
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.paths import published
from exchange.pki.key_vault import KeyVault
from registry.errors import RuleError
from registry.ledger.append import Appended, read_head
from registry.ledger.appender import TransactionalAppender
from registry.ledger.clock import is_behind, utc_now
from registry.ledger.publishing import publish

_MAX_WHY = 200
Why = Annotated[str, typer.Option(help=say("Why, for the record."))]


def clock(
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm",
            help=say("The clock is right now; the ledger was ahead."),
        ),
    ] = False,
    why: Why = "",
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show the clock and the last entry's time, or confirm the clock."""
    if confirm:
        _require_reason(why)
        appended = asyncio.run(
            _written(data, lambda appender, connection: appender.confirm_clock(connection, _operator(), why))
        )
        console().print(say(f"On the record as entry {appended.growth.start}; entries carry the clock's time again."))  # fmt: skip
        return

    async def run() -> None:
        async with opened(data) as (_, database, _):
            connection = await database.dedicated()
            try:
                head = await read_head(connection)
            finally:
                await connection.close()
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
    _require_reason(why)
    appended = asyncio.run(
        _written(data, lambda appender, connection: appender.accept(connection, _operator(), why), publish)
    )
    console().print(say(f"On the record as entry {appended.growth.start}; the checkpoint over {appended.growth.size} entries is published."))  # fmt: skip


async def _written(
    data: Path,
    work: Callable[[TransactionalAppender, asyncpg.Connection], Awaitable[Appended]],
    then: Callable[[Path, str], None] = lambda _path, _checkpoint: None,
) -> Appended:
    """Append an operator's confirmation to the ledger."""
    async with opened(data) as (settings, database, _):
        appender = make_appender(settings, KeyVault.of(settings), await ledger_states(database))
        connection = await database.dedicated()
        try:
            async with connection.transaction():
                appended = await work(appender, connection)
        finally:
            await connection.close()
        then(published(settings), appended.checkpoint)
        return appended


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


def _require_reason(why: str) -> None:
    if not 0 < len(why.strip()) <= _MAX_WHY:
        raise RuleError("--why", f"a reason of at most {_MAX_WHY} characters, which goes on the record")
