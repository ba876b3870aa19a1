"""``yici evidence check``: whether evidence holds, offline, with a trust bundle alone."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from exchange.cli.texts import NAME_RULES, console, say, shown
from keys.errors import KeysError, MalformedError
from keys.evidence import Evidence, Step, Verdict, check_evidence
from keys.license import MEDIA_TYPE as LICENSE_TYPE
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle

evidence = typer.Typer()

_MAX_FILE = 80 * 1024 * 1024
"""Bytes of a file that are read: more than any answer may have."""

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
        if found.verdict is Verdict.VALID:
            _show_rules(SdJwt.parse(_read(path)))
        if worst is not Verdict.INVALID and found.verdict is not Verdict.VALID:
            worst = found.verdict
    raise typer.Exit(worst.value)


def check_file(path: Path, trust: Path) -> Evidence:
    """Check one answer and the receipt beside it."""
    try:
        bundle = TrustBundle.load(trust)
    except KeysError as error:  # a broken bundle says nothing of the evidence
        return Evidence((Step("trust", Verdict.UNDECIDED, str(error)),))
    try:
        answer = _read(path)
        receipt = path.with_suffix(".tlog-proof")
        proof = _read(receipt) if receipt.exists() else ""
    except MalformedError as error:
        return Evidence((Step("format", Verdict.INVALID, str(error)),))
    except (OSError, ValueError):
        return Evidence((Step("format", Verdict.UNDECIDED, f"{path} cannot be read"),))
    if _is_license(answer):
        detail = say("a license: see yici license check", "这是证照，请用 yici license check")
        return Evidence((Step("format", Verdict.UNDECIDED, detail),))
    return check_evidence(answer, proof, bundle)


def _read(path: Path) -> str:
    """A file's text as it stands, its line ends included; of one that is too long only what shows so."""
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"{path.name}: not UTF-8") from error


def _show_rules(answer: SdJwt) -> None:
    """Print by which rules a name that was claimed is the one on record, where it is written differently."""
    for result in answer.unverified.get("results", ()):
        if rules := result.get("equal_after"):
            names = say(", ", "、").join(say(*NAME_RULES[rule]) for rule in rules if rule in NAME_RULES)
            console().print(
                f"  · {escape(result['field'])}: {say('equal after', '视为相同，因')} {names}", soft_wrap=True
            )


def _is_license(text: str) -> bool:
    try:
        return SdJwt.parse(text).header.get("typ") == LICENSE_TYPE
    except KeysError:
        return False


def show(path: Path, found: Evidence) -> None:
    """Print each step by name, and the verdict."""
    console().print(f"[bold]{shown(path.name)}[/]  {say(*WORDS[found.verdict])}")
    for step in found.steps:
        console().print(f"  {MARKS[step.verdict]} {say(*_STEPS[step.name])}: {escape(step.detail)}", soft_wrap=True)
