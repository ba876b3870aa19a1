"""``yici ledger verify``: recomputes the ledger, and compares the registers with it."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from exchange.cli import conformity as conformities
from exchange.cli.opened import opened
from exchange.cli.tables import AsJson, show_json
from exchange.cli.texts import DEFAULT_DATA, Data, console, mark, say
from registry.ledger.consistency import read_published
from registry.ledger.verify import Verified, verify_ledger

_STEPS = 20
"""The most backward steps of time that are listed; the rest are counted."""


def verify(
    registers: Annotated[
        bool,
        typer.Option(
            "--registers",
            help=say("The registers, too; names each row that is not as the ledger records it."),
        ),
    ] = False,
    as_json: AsJson = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Verify the ledger, and with ``--registers`` that the registers are as it records them."""
    with Progress(console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(say("Verifying"), total=None)
        verified = asyncio.run(
            verify_folder(data, lambda done, size: progress.update(task, completed=done, total=size))
        )
        conformity = conformities.compare(data, progress) if registers and verified.clean else None
    if as_json:
        show_json(
            {**_verified_json(verified), **({"registers": conformities.as_json(conformity)} if conformity else {})}
        )
    else:
        _show_verified(verified)
        if conformity:
            conformities.show(conformity)
    if not verified.clean or (conformity and conformity.departed):
        raise typer.Exit(1)


def _verified_json(verified: Verified) -> dict[str, Any]:
    return {
        "clean": verified.clean, "entries": verified.size, "wrong_entry": verified.wrong_index,
        "wrong": verified.wrong or None, "erased": verified.erased,
        "steps": [
            {"entry": step.index, "seconds": step.back.total_seconds(), "explained": step.explained}
            for step in verified.steps
        ],
    }  # fmt: skip


def _show_verified(verified: Verified) -> None:
    if verified.clean:
        console().print(say(f"[green]Clean[/]: {verified.size} entries, tiles and checkpoint agree."))  # fmt: skip
        if verified.erased:
            console().print(say(f"Opened values of {verified.erased} entries were erased."))  # fmt: skip
        _show_steps(verified)
        return
    if not verified.wrong:
        count = sum(not step.explained for step in verified.steps)
        console().print(say(f"[red]Wrong[/] {count} entries are before their predecessor, and no operator explained it."))  # fmt: skip
        _show_steps(verified)
        return
    where = "" if verified.wrong_index is None else say(f"entry {verified.wrong_index}: ")
    console().print(f"[red]{say('Wrong')}[/] {where}{say(verified.wrong)}", soft_wrap=True)


def _show_steps(verified: Verified) -> None:
    for step in verified.steps[:_STEPS]:
        how = mark("explained by the operator in this entry") if step.explained else mark("[red]not explained[/]")
        console().print(say(f"Entry {step.index} is {step.back} before entry {step.index - 1}: {how}."))  # fmt: skip
    if (more := len(verified.steps) - _STEPS) > 0:
        console().print(say(f"And {more} more."))


async def verify_folder(data: Path, progress: object = lambda _done, _size: None) -> Verified:
    """Verify the ledger of a data folder."""
    async with opened(data) as folder:
        keys, last = folder.vault.ledger_keys(), read_published(folder.published)
        return await verify_ledger(folder.database.url, keys, last, progress)  # type: ignore[arg-type]  # a progress function
