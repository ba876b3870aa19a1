"""``yici audit``: audits of a node from outside, over HTTP alone."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from exchange.auditing.clocks import Lateness, lateness, read_steps
from exchange.auditing.tiles import LogReader
from exchange.cli.evidence_files import bundle_in
from exchange.cli.tables import AsJson, Column, Row, Utc, json_rows, show_json, show_rows
from exchange.cli.texts import console, is_piped, mark, say
from exchange.cli.times import shown_time
from keys.leaf.writing import time_text
from keys.workdays.calendar import Calendar
from keys.workdays.year import parse_years

audit = typer.Typer()

COLUMNS = (
    Column("agency", "agency"), Column("limit", "clock"), Column("running", "running"), Column("late", "late now"),
    Column("ended", "ended"), Column("ended_late", "ended late"), Column("worst", "at worst"), Column("unit", "unit"),
)  # fmt: skip
LIMITS = {
    "review": mark("review of an application"), "share": mark("sharing what is approved"),
    "correct": mark("correction of a value"), "answer": mark("answer by an officer"),
}  # fmt: skip
"""The names of clocks in words."""
UNITS = {"days": mark("working days"), "hours": mark("hours")}


@audit.callback()
def group() -> None:
    """Audits from outside, over HTTP alone."""


@audit.command(help=say("Who is late, by agency and clock, from a node's public tiles."))
def clocks(
    url: Annotated[str, typer.Argument(help=say("Address of the node's HTTP pages."))],
    trust: Annotated[
        Path,
        typer.Option(envvar="YICI_TRUST", help=say("Folder of the trust bundle (yici trust export).")),
    ] = Path("trust"),
    holidays: Annotated[
        Path | None,
        typer.Option(help=say("JSON file of years with their holidays, in place of those that are shipped.")),
    ] = None,
    as_json: AsJson = False,
    utc: Utc = False,
) -> None:
    """Read the whole log, check it, and print a line for each agency and clock."""
    calendar = Calendar(parse_years(holidays.read_bytes())) if holidays else Calendar()
    with LogReader(url, bundle_in(trust).ledger_keys) as log:
        checkpoint = log.checkpoint()
        leaves = track(
            log.entries(checkpoint),
            say("Reading"),
            checkpoint.size,
            transient=True,
            console=console(stderr=True),
            disable=is_piped(stderr=True),
        )
        steps, until = read_steps(leaves)
    found = lateness(steps, calendar, datetime.now(UTC))
    if as_json:
        rows = json_rows(COLUMNS, map(asdict, found))
        show_json(
            {"log": checkpoint.origin, "entries": checkpoint.size, "until": until and time_text(until), "clocks": rows}
        )
        return
    if until:
        time = shown_time(until, utc=utc)
        console().print(say(f"{checkpoint.size} entries, all that the log has signed, until {time}."), soft_wrap=True)
    if found:
        show_rows(COLUMNS, map(_row, found))
    else:
        console(stderr=True).print(say("No clock is on record."))


def _row(line: Lateness) -> Row:
    words = {"limit": say(LIMITS.get(line.limit, line.limit)), "unit": say(UNITS[line.unit])}
    return asdict(line) | words
