"""``yici ledger verify --registers``: the rows that are not as the ledger records them."""

import asyncio
from pathlib import Path
from typing import Any

from rich.progress import Progress

from exchange.cli.entries import REGISTER_NAMES
from exchange.cli.opened import opened
from exchange.cli.tables import Column, Row, Said, show_rows
from exchange.cli.texts import console, mark, say
from registry.conformity import Conformity, check_registers
from registry.departures import Change, Departure

_DEPARTURES = (
    Column("register", "register"), Column("id", "row"), Column("change", "was"), Column("entry", "departs from entry"),
)  # fmt: skip
_CHANGES = {Change.CHANGED: mark("changed"), Change.ADDED: mark("added"), Change.REMOVED: mark("removed")}


def compare(data: Path, progress: Progress) -> Conformity:
    """Compare the registers of a data folder with its ledger."""
    task = progress.add_task(say("Comparing registers"), total=None)

    def show_progress(_what: str, done: int, size: int) -> None:
        progress.update(task, completed=done, total=size)

    async def run() -> Conformity:
        async with opened(data) as folder:
            return await check_registers(folder.database.url, show_progress)

    return asyncio.run(run())


def show(conformity: Conformity) -> None:
    """Print the rows that depart, or that there are none."""
    if conformity.erased:
        console().print(say(f"{conformity.erased} rows of the registers were erased with their opened values."))
    if not conformity.departed:
        console().print(
            say(f"[green]Clean[/]: {conformity.rows} rows of the registers are as the ledger records them.")
        )
        return
    console().print(
        say(f"[red]Wrong[/] {conformity.departed} rows of the registers are not as the ledger records them:")
    )
    show_rows(_DEPARTURES, map(_row, conformity.named))
    if (more := conformity.departed - len(conformity.named)) > 0:
        console().print(say(f"And {more} more."))


def as_json(conformity: Conformity) -> dict[str, Any]:
    """Return the outcome for JSON."""
    return {
        "rows": conformity.rows,
        "erased": conformity.erased,
        "departed": conformity.departed,
        "departures": [
            {"register": item.register, "id": item.id, "change": item.change.value, "entry": item.entry}
            for item in conformity.named
        ],
    }


def _row(item: Departure) -> Row:
    return {
        "register": Said(item.register, say(REGISTER_NAMES.get(item.register, item.register))),
        "id": item.id,
        "change": Said(item.change.value, say(_CHANGES[item.change]), "red"),
        "entry": item.entry,
    }
