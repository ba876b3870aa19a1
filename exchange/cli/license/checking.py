"""Checks of licenses: files, texts of QR codes, and identifiers on record."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.cli.acting import reason
from exchange.cli.connecting import Trust
from exchange.cli.evidence import MARKS, WORDS
from exchange.cli.evidence_files import bundle_in
from exchange.cli.license.recorded import license_on_record
from exchange.cli.tables import Utc
from exchange.cli.texts import DEFAULT_DATA, Data, console, mark, say, shown
from exchange.cli.times import with_shown_times
from keys.errors import KeysError
from keys.evidence import Step, Verdict
from keys.license import Checked
from registry.errors import IdentifierError
from registry.licenses.identifier import LicenseIdentifier

_STEPS = {
    "trust": mark("trust bundle"),
    "format": mark("format"),
    "page": mark("the page as a whole"),
    "seal": mark("sealed by the issuer"),
    "certificate": mark("certificate good when issued"),
    "record": mark("in the ledger"),
    "period": mark("within its period"),
    "status": mark("status"),
}
_LONGEST_NAME = 255


def check(
    items: Annotated[list[str], typer.Argument(help=say("Files, texts or identifiers."))],
    trust: Trust = Path("trust"),
    status: Annotated[
        Path | None,
        typer.Option(
            help=say("A status list (JWT or CWT) at hand."),
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help=say("Fetch nothing."))] = False,
    why: Annotated[
        str,
        typer.Option(
            envvar="YICI_WHY",
            show_default=False,
            help=say("Why; required for an identifier."),
        ),
    ] = "",
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Check licenses."""
    if any(map(_is_identifier, items)):
        why = reason(why)
    listed = status.read_bytes() if status else b""
    worst = Verdict.VALID
    for item in items:
        checked = check_item(item, trust, listed, data, offline=offline, why=why)
        show(item, checked, utc=utc)
        if worst is not Verdict.INVALID and checked.verdict is not Verdict.VALID:
            worst = checked.verdict
    raise typer.Exit(worst.value)


def check_item(item: str, trust: Path, listed: bytes, data: Path, *, offline: bool, why: str = "") -> Checked:
    """Check one thing that was presented; fetch its status list unless ``offline``.

    An identifier is looked up on the node, which needs a reason.
    """
    from exchange.licensing.reading import (  # noqa: PLC0415  # PDF and pictures: a second that other commands do not need
        PresentedLicense,
        check_presented,
        fetch_status_list,
        read_argument,
        read_presented,
    )

    try:
        bundle = bundle_in(trust)
    except KeysError as error:  # an invalid bundle decides nothing
        return Checked((Step("trust", Verdict.UNDECIDED, str(error)),))
    try:
        if _is_identifier(item):
            license_ = license_on_record(item, data, Command("license.check", "license.check", why), "CHECKED")
            presented = PresentedLicense(license_.envelope, license_.receipt)
        elif _is_name(item) and not Path(item).is_file():
            return Checked((Step("format", Verdict.UNDECIDED, say("no such file")),))
        else:
            presented = read_presented(read_argument(item))
    except KeysError as error:
        return Checked((Step("format", Verdict.INVALID, str(error)),))
    checked = check_presented(presented, bundle, datetime.now(UTC), listed)
    if listed or offline or not checked.license:
        return checked  # a license with an invalid seal causes no requests
    try:
        fetched = fetch_status_list(presented.text)
    except KeysError:
        return checked  # its status step reports it as unknown
    return check_presented(presented, bundle, datetime.now(UTC), fetched)


def show(name: str, checked: Checked, *, utc: bool = False) -> None:
    """Print each step by name, and the verdict."""
    title = Path(name).name if len(name) < 200 else f"{name[:24]}…"  # noqa: PLR2004  # a text, not a file
    said = " ".join(str(checked.license.get(item, "")) for item in ("name", "identifier"))
    console().print(f"[bold]{shown(title)}[/]  {WORDS[checked.verdict]}  [dim]{shown(said.strip())}[/]", soft_wrap=True)
    for step in checked.steps:
        detail = shown(with_shown_times(say(step.detail), utc=utc))
        console().print(
            f"  {MARKS[step.verdict]} {say(_STEPS[step.name])}{say(': ')}{detail}",
            soft_wrap=True,
        )


def _is_name(text: str) -> bool:
    """Return whether a text can only be a file's name: envelopes have a ~, QR texts no lower case."""
    return len(text) <= _LONGEST_NAME and "~" not in text and text != text.upper()


def _is_identifier(text: str) -> bool:
    try:
        LicenseIdentifier.parse(text)
    except IdentifierError:
        return False
    return True
