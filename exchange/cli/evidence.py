"""``yici evidence check``: whether evidence holds, offline, with a trust bundle alone."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from exchange.cli.texts import console, say
from keys.errors import KeysError, UndecidedError
from keys.evidence import Evidence, Step, Verdict, check_evidence
from keys.trust import TrustBundle

evidence = typer.Typer()

_STEPS = {
    "format": ("format", "格式"),
    "log": ("in the ledger", "账本收录"),
    "on-record": ("receipt is for this answer", "回执对应本答复"),
    "seal": ("sealed by the source", "数源部门印章"),
    "certificate": ("certificate good at that time", "证书当时有效"),
    "agreement": ("answer and ledger agree", "答复与账本一致"),
    "request": ("answers this request", "对应本请求"),
    "trust": ("trust bundle", "信任包"),
}
MARKS = {Verdict.VALID: "[green]✓[/]", Verdict.INVALID: "[red]✗[/]", Verdict.UNDECIDED: "[yellow]?[/]"}
WORDS = {
    Verdict.VALID: ("[green]valid[/]", "[green]有效[/]"),
    Verdict.INVALID: ("[red]invalid[/]", "[red]无效[/]"),
    Verdict.UNDECIDED: ("[yellow]cannot say[/]", "[yellow]无法判定[/]"),
}


@evidence.callback()
def group() -> None:
    """Answers and receipts."""


@evidence.command(help=say(
    "Check NAME.sd-jwt with the NAME.tlog-proof beside it. Exit code 0 valid, 1 invalid, 2 cannot say.",
    "校验 NAME.sd-jwt 及同名 NAME.tlog-proof。退出码：0 有效，1 无效，2 无法判定。"))  # fmt: skip
def check(
    files: Annotated[list[Path], typer.Argument(help=say("SD-JWT files.", "SD-JWT 文件。"))],
    trust: Annotated[
        Path,
        typer.Option(
            envvar="YICI_TRUST",
            help=say("Folder of the trust bundle (yici trust export).", "信任包目录（yici trust export）。"),
        ),
    ] = Path("trust"),
) -> None:
    """Check evidence files."""
    worst = Verdict.VALID
    for path in files:
        found = check_file(path, trust)
        show(path, found)
        if worst is not Verdict.INVALID and found.verdict is not Verdict.VALID:
            worst = found.verdict
    raise typer.Exit(worst.value)


def check_file(path: Path, trust: Path) -> Evidence:
    """Check one answer and the receipt beside it."""
    try:
        bundle = TrustBundle.load(trust)
    except UndecidedError as error:
        return Evidence((Step("trust", Verdict.UNDECIDED, str(error)),))
    except KeysError as error:
        return Evidence((Step("trust", Verdict.INVALID, str(error)),))
    receipt = path.with_suffix(".tlog-proof")
    try:
        answer = path.read_text(encoding="utf-8")
        proof = receipt.read_text(encoding="utf-8") if receipt.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        verdict = Verdict.INVALID if isinstance(error, UnicodeDecodeError) else Verdict.UNDECIDED
        return Evidence((Step("format", verdict, f"{path.name} cannot be read"),))
    return check_evidence(answer, proof, bundle)


def show(path: Path, found: Evidence) -> None:
    """Print each step by name, and the verdict."""
    console().print(f"[bold]{escape(path.name)}[/]  {say(*WORDS[found.verdict])}")
    for step in found.steps:
        console().print(f"  {MARKS[step.verdict]} {say(*_STEPS[step.name])}: {escape(step.detail)}", soft_wrap=True)
