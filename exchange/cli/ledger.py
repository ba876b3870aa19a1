"""``yici ledger``: show, search, prove and verify."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.acting import WhyOpened, reason
from exchange.cli.confirmations import accept, clock
from exchange.cli.entries import entry_json, show_entries, what
from exchange.cli.looking import entries_of, entry_of
from exchange.cli.opened import opened
from exchange.cli.tables import AsJson, Utc, show_json
from exchange.cli.texts import DEFAULT_DATA, Data, console, say, shown
from exchange.cli.times import shown_time, zone
from exchange.cli.verifying import verify
from exchange.query.entries import is_well_formed
from keys.errors import KeysError
from registry.china import CHINA
from registry.ledger.append import read_head
from registry.ledger.search import Filter, Found
from registry.ledger.tree import TreeReader

ledger = typer.Typer()
ledger.command(help=say("Whether the clock and the ledger agree; --confirm says that the clock is right."))(clock)  # fmt: skip
ledger.command(help=say("Accept the log in the database where the published checkpoint was lost."))(accept)  # fmt: skip
_DIGEST = re.compile(r"[0-9a-f]{64}")


def moment(text: str) -> datetime:
    """Parse a time in ISO 8601.

    Raises:
        BadParameter: the text is not a time.
    """
    try:
        time = datetime.fromisoformat(text)
        time.replace(tzinfo=time.tzinfo or CHINA).astimezone(UTC)  # beyond the calendar it has none
    except (ValueError, OverflowError) as error:
        form = "2026-05-03, 2026-05-03T08:00:00, 2026-05-03T08:00:00+08:00"
        raise typer.BadParameter(say(f"must be a time, such as {form}")) from error
    return time


def _moment(at: datetime | None, *, utc: bool) -> datetime | None:
    """Return a given time in UTC; without an offset it is in the zone of displayed times."""
    return at and at.replace(tzinfo=at.tzinfo or zone(utc=utc)).astimezone(UTC)


@ledger.command(help=say("Show the checkpoint, or one entry."))
def show(
    index: Annotated[int | None, typer.Argument(help=say("Index of an entry."))] = None,
    why: WhyOpened = "",
    as_json: AsJson = False,
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show the head or an entry; with a reason, its opening, too."""
    if index is None:
        checkpoint = asyncio.run(_checkpoint(data))
        if as_json:
            show_json({"checkpoint": checkpoint})
        else:
            console().print(checkpoint, end="", soft_wrap=True)
        return
    entry = entry_of(data, index, reason(why) if why else "")
    if as_json:
        show_json(entry_json(entry, opened=bool(why)))
        return
    _show_leaf(entry, utc=utc)
    if entry.opening is not None:
        opening = entry.opening
        subject, officer, case = map(shown, (opening.subject, opening.officer, opening.case))
        console().print(say(f"subject {subject}  officer {officer}  case {case}"), soft_wrap=True)
        digest = _DIGEST.fullmatch(opening.request)
        label = say("search") if opening.request.startswith("{") else say("request") if digest else say("why")
        console().print(f"{label} {shown(opening.request)}", soft_wrap=True)


async def _checkpoint(data: Path) -> str:
    async with opened(data) as folder, folder.database.connection() as connection:
        return (await read_head(connection)).checkpoint


def _show_leaf(entry: Found, *, utc: bool) -> None:
    """Print a leaf as recorded, then in words; an unreadable one is reported."""
    text = entry.data.decode(errors="replace")
    try:
        console().print_json(text, ensure_ascii=False)
    except ValueError:
        console().print(shown(text), soft_wrap=True)
    try:
        console().print(f"{shown_time(entry.leaf.at, utc=utc)}  {shown(what(entry.leaf.facts))}", soft_wrap=True)
    except KeysError as error:
        console(stderr=True).print(f"[red]{shown(say(str(error)))}[/]", soft_wrap=True)


@ledger.command("search", help=say("Find entries, newest first."))
def find(
    agency: Annotated[str, typer.Option(help=say("USCC of who asked."))] = "",
    dataset: Annotated[str, typer.Option(help=say("Dataset, by its id."))] = "",
    matter: Annotated[str, typer.Option(help=say("Matter, by its id."))] = "",
    decision: Annotated[str, typer.Option(help=say("permit, deny or fail."))] = "",
    officer: Annotated[str, typer.Option(help=say("Officer, as named in the request."))] = "",
    case: Annotated[str, typer.Option(help=say("Case number."))] = "",
    subject: Annotated[str, typer.Option(help=say("kind:identifier, such as citizen_id:…"))] = "",
    since: Annotated[
        datetime | None,
        typer.Option(parser=moment, help=say("From this time on; of Asia/Shanghai unless it has an offset.")),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(parser=moment, help=say("Before this time; of Asia/Shanghai unless it has an offset.")),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("The most entries to show."))] = 20,
    why: WhyOpened = "",
    as_json: AsJson = False,
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Find entries; with a reason, by their openings, too."""
    if subject and not is_well_formed(subject):
        console(stderr=True).print(say("The subject's identifier is not well-formed: only questions that were refused can be about it."), soft_wrap=True)  # fmt: skip
    by_person = bool(subject or officer or case)
    wanted = Filter(
        agency, dataset, matter, decision, officer, case, b"", _moment(since, utc=utc), _moment(until, utc=utc)
    )
    why = reason(why) if why or by_person else ""
    entries = entries_of(data, wanted, subject, limit, why)
    if entries or as_json:
        show_entries(entries, opened=bool(why), as_json=as_json, utc=utc)
    else:
        console(stderr=True).print(say("No entry fits."))


@ledger.command(help=say("Write an entry's receipt (tlog-proof) under the present checkpoint."))
def prove(index: Annotated[int, typer.Argument(help=say("Index of an entry."))], data: Data = DEFAULT_DATA) -> None:
    """Prove an entry."""

    async def run() -> str:
        async with (
            opened(data) as folder,
            folder.database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await TreeReader(connection).receipt(index)

    typer.echo(asyncio.run(run()), nl=False)


ledger.command(help=say("Recompute everything; names the first entry that is wrong (exit 1)."))(verify)
