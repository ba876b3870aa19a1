"""``yici evidence check``: offline checks of evidence with a trust bundle."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import evidence_files
from exchange.cli.tables import Utc
from exchange.cli.texts import console, say, shown
from exchange.cli.times import with_shown_times
from keys.evidence import Evidence, Verdict

evidence = typer.Typer()

_COLOURS = {Verdict.VALID: "green", Verdict.INVALID: "red", Verdict.UNDECIDED: "yellow"}
MARKS = {verdict: f"[{_COLOURS[verdict]}]{mark}[/]" for verdict, mark in evidence_files.MARKS.items()}
WORDS = {verdict: f"[{_COLOURS[verdict]}]{say(word)}[/]" for verdict, word in evidence_files.WORDS.items()}


@evidence.callback()
def group() -> None:
    """Answers and receipts."""


@evidence.command(help=say(evidence_files.HELP))
def check(
    files: Annotated[list[Path], typer.Argument(help=say("SD-JWT files."))],
    trust: Annotated[
        Path,
        typer.Option(
            envvar="YICI_TRUST",
            help=say("Folder of the trust bundle (yici trust export)."),
        ),
    ] = Path("trust"),
    utc: Utc = False,
) -> None:
    """Check evidence files."""
    raise typer.Exit(evidence_files.check_files(files, trust, partial(show, utc=utc)))


def show(path: Path, evidence: Evidence, *, utc: bool = False) -> None:
    """Print each step by name, and the verdict."""
    console().print(f"[bold]{shown(path.name)}[/]  {WORDS[evidence.verdict]}")
    for step in evidence.steps:
        detail = shown(with_shown_times(say(step.detail), utc=utc))
        console().print(
            f"  {MARKS[step.verdict]} {say(evidence_files.STEPS[step.name])}{say(': ')}{detail}",
            soft_wrap=True,
        )
    for rule in evidence_files.rules_of(evidence):
        console().print(f"  · {shown(rule)}", soft_wrap=True)
