"""``yici source check``: checks stores against their descriptions, without a running node."""

import asyncio
import dataclasses
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from adapters.checking import Checked, Finding, Problem, check_source
from adapters.sql import SqlSource
from exchange.cli.language import either
from exchange.cli.tables import Utc
from exchange.cli.texts import DEFAULT_DATA, Data, console, mark, say, shown
from exchange.cli.times import shown_time
from exchange.node.counts import Counts, KeptCount
from exchange.node.descriptions import Described, descriptions_of
from exchange.node.wiring.sources import counts_of, make_source
from exchange.settings import Settings, load_settings
from registry.errors import NotOnRecordError, RuleError

source = typer.Typer()

_PROBLEMS = {
    Problem.DESCRIPTION: mark("faults of the description"),
    Problem.CONNECTION: mark("no answer"),
    Problem.SCHEMA: mark("not in the store"),
    Problem.VALUE: mark("values that do not fit"),
    Problem.CODE: mark("codes that the description does not know"),
    Problem.KEY: mark("keys that no question can reach"),
    Problem.ENCODING: mark("encoding"),
    Problem.UNREADABLE: mark("characters that the store could not hold"),
    Problem.DROP: mark("a node's verdict"),
}
_SAID_ALREADY = ("unknown codes: ", "no question can reach these keys", "characters that the store could not hold")
"""The parts of details that repeat the problem's message."""


@source.callback()
def group() -> None:
    """Departments' stores."""


@source.command(
    help=say(
        "Check stores against their descriptions: table, columns, values, codes, keys, encoding, age.",
    )
)
def check(
    dataset: Annotated[str, typer.Argument(help=say("A dataset; all without it."))] = "",
    rows: Annotated[int, typer.Option(min=0, help=say("Rows to read of each."))] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help=say("Print JSON."))] = False,
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Check stores; the exit code is 1 where there is a finding."""
    checks = asyncio.run(check_datasets(load_settings(data), dataset, rows))
    if as_json:
        typer.echo(orjson.dumps([dataclasses.asdict(item) for item in checks], option=orjson.OPT_INDENT_2).decode())
    else:
        for item in checks:
            _show(item, utc=utc)
    if any(item.findings for item in checks):
        raise typer.Exit(1)


async def check_datasets(settings: Settings, dataset: str, rows: int) -> list[Checked]:
    """Check one dataset, or all that the data folder describes.

    Raises:
        NotOnRecordError: this dataset is not described, or there are none.
    """
    folder: Path = settings.data / "datasets"
    described = descriptions_of(folder)
    if not described:
        raise NotOnRecordError(say(f"{folder}: no description in it"))
    if dataset and dataset not in described:
        raise NotOnRecordError(say(f"{dataset}: no file in {folder} describes it"))
    return [await _check(settings, item, rows) for name, item in described.items() if dataset in ("", name)]


async def _check(settings: Settings, item: Described, rows: int) -> Checked:
    if item.description is None:
        faults = [_without(text, f"{item.file}.", f"{item.file}: ") for text in item.wrong.splitlines()]
        return Checked(item.dataset, [Finding(Problem.DESCRIPTION, item.file, text) for text in faults])
    try:
        made = make_source(settings, item.description)
    except RuleError as error:
        where = "connection" if error.field.startswith("description ") else error.field
        return Checked(item.dataset, [Finding(Problem.CONNECTION, where, error.rule)])
    try:
        begun = time.time()
        checked = await check_source(item.description, made, rows)
        if isinstance(made, SqlSource) and checked.keys is not None:
            seconds = round(time.time() - begun, 3)
            count = KeptCount(made.shape, begun, checked.keys.total, checked.keys.unreachable, seconds)
            _pass_count(counts_of(settings), item.dataset, count)
        return checked
    finally:
        await made.close()


def _without(text: str, *beginnings: str) -> str:
    for words in beginnings:
        text = text.removeprefix(words)
    return text


def _pass_count(counts: Counts, dataset: str, count: KeptCount) -> None:
    """Pass a count to the node of this data folder, if one has run and the folder is writable."""
    with suppress(OSError):
        if counts.exist:
            counts.write(dataset, count)


def _show(item: Checked, *, utc: bool) -> None:
    mark = "[red]✗[/]" if item.findings else "[green]✓[/]"
    console().print(
        f"{mark} [bold]{shown(item.dataset)}[/]  {shown(either(', ', '，').join(_facts(item, utc=utc)))}",
        soft_wrap=True,
    )
    for finding in item.findings:
        console().print(f"    {shown(_line(finding))}", soft_wrap=True)


def _facts(item: Checked, *, utc: bool) -> list[str]:
    facts = []
    if item.rows is not None:
        facts.append(say(f"{item.rows} {'row' if item.rows == 1 else 'rows'} read"))
    if item.encoding:
        facts.append(say(f"encoding {item.encoding}"))
    if item.as_of is not None:
        days = (datetime.now(UTC) - item.as_of).days
        day = shown_time(item.as_of, utc=utc)
        old = say("1 day old") if days == 1 else say(f"{days} days old")
        facts.append(say(f"as of {day} ({old})"))
    return facts


def _line(finding: Finding) -> str:
    colon = say(": ")
    text = f"{finding.where}{colon}{say(_PROBLEMS[finding.problem])}"
    detail = finding.detail
    for words in _SAID_ALREADY:
        detail = detail.removeprefix(words).strip()
    if detail.startswith("("):
        text += either(" ", "") + say(detail)
    elif detail:
        text += f"{colon}{say(detail)}"
    if finding.count:
        rows = say(", ").join(map(str, finding.rows))
        if finding.count == len(finding.rows):
            count = "row" if finding.count == 1 else "rows"
            text += say(f" — {count} {rows}")
        else:
            text += say(f" — {finding.count} rows, the first: {rows}")
    return text
