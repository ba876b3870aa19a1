"""``yici license``: types, checks, metadata, and an issuer's commands."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act, reason
from exchange.cli.connecting import Address, BasisOption, Credentials, Trust, basis_of, connect
from exchange.cli.evidence import MARKS, WORDS
from exchange.cli.evidence_files import bundle_in
from exchange.cli.license_history import HISTORY, history_of
from exchange.cli.opened import register_of
from exchange.cli.tables import AsJson, Column, Said, Utc, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, mark, say, shown
from exchange.cli.times import with_shown_times
from exchange.licensing.entries import subjects_of
from exchange.node.wiring.host import Host
from keys.errors import KeysError
from keys.evidence import Step, Verdict
from keys.license import Checked
from registry.errors import IdentifierError, NotOnRecordError
from registry.licenses import records
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import License
from registry.licenses.life import STATE_NAMES, Change

license_ = typer.Typer()

_REVIEW_SECONDS = 3600.0

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


_TYPES = (
    Column("id", "type"), Column("name", "name"), Column("code", "code"),
    Column("local", "whose code"), Column("issuers", "issuers"),
)  # fmt: skip


class Action(StrEnum):
    """An issuer's changes at the command line; other changes are new issues, or happen by time."""

    ACTIVATE = Change.ACTIVATE.value
    SUSPEND = Change.SUSPEND.value
    RESUME = Change.RESUME.value
    CANCEL = Change.CANCEL.value
    REVOKE = Change.REVOKE.value


@license_.command(help=say("List license types."))
def types(as_json: AsJson = False, data: Data = DEFAULT_DATA) -> None:
    """List license types."""
    register = asyncio.run(register_of(data))
    rows = [
        {
            "id": kind.id,
            "name": Said(kind.name, either(kind.name_en, kind.name)),
            "code": kind.code,
            "local": Said(kind.local, say("this registry's") if kind.local else say("the standard's")),
            "issuers": [Said(item, register.agencies[item].name) for item in kind.issuers],
        }
        for kind in register.license_types.values()
    ]
    show_rows(_TYPES, rows, as_json=as_json)


@license_.command(help=say(
    "Check a license: an SD-JWT, a PDF, a picture of its QR code (files), the QR code's text, or, on the node, its "
    "identifier. Exit code 0 valid, 1 invalid, 2 cannot say."))  # fmt: skip
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
        found = check_item(item, trust, listed, data, offline=offline, why=why)
        show(item, found, utc=utc)
        if worst is not Verdict.INVALID and found.verdict is not Verdict.VALID:
            worst = found.verdict
    raise typer.Exit(worst.value)


def check_item(item: str, trust: Path, listed: bytes, data: Path, *, offline: bool, why: str = "") -> Checked:
    """Check one thing that was held up; fetches its status list unless told not to.

    An identifier is looked up on the node, which needs a reason.
    """
    from exchange.licensing.reading import (  # noqa: PLC0415  # PDF and pictures: a second that other commands do not need
        PresentedLicense,
        check_held_up,
        fetch_status_list,
        read_argument,
        read_held_up,
    )

    try:
        bundle = bundle_in(trust)
    except KeysError as error:  # an invalid bundle decides nothing
        return Checked((Step("trust", Verdict.UNDECIDED, str(error)),))
    try:
        if _is_identifier(item):
            found = _license(item, data, Command("license.check", "license.check", why), "CHECKED")
            held = PresentedLicense(found.envelope, found.receipt)
        elif _is_name(item) and not Path(item).is_file():
            return Checked((Step("format", Verdict.UNDECIDED, say("no such file")),))
        else:
            held = read_held_up(read_argument(item))
    except KeysError as error:
        return Checked((Step("format", Verdict.INVALID, str(error)),))
    checked = check_held_up(held, bundle, datetime.now(UTC), listed)
    if listed or offline or not checked.license:
        return checked  # a license with an invalid seal causes no requests
    try:
        fetched = fetch_status_list(held.text)
    except KeysError:
        return checked  # its status step reports it as unknown
    return check_held_up(held, bundle, datetime.now(UTC), fetched)


def show(name: str, found: Checked, *, utc: bool = False) -> None:
    """Print each step by name, and the verdict."""
    title = Path(name).name if len(name) < 200 else f"{name[:24]}…"  # noqa: PLR2004  # a text, not a file
    said = " ".join(str(found.license.get(item, "")) for item in ("name", "identifier"))
    console().print(f"[bold]{shown(title)}[/]  {WORDS[found.verdict]}  [dim]{escape(said.strip())}[/]", soft_wrap=True)
    for step in found.steps:
        detail = escape(with_shown_times(say(step.detail), utc=utc))
        console().print(
            f"  {MARKS[step.verdict]} {say(_STEPS[step.name])}{say(': ')}{detail}",
            soft_wrap=True,
        )


@license_.command(help=say("Print a license's metadata (GB/T 36903)."))
def export(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier."))],
    why: Why = "",
    xml: Annotated[bool, typer.Option("--xml", help=say("XML instead of JSON."))] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Export metadata."""
    from registry.licenses.metadata import as_json, as_xml, metadata  # noqa: PLC0415  # only this command needs XML

    register = asyncio.run(register_of(data))
    found = _license(identifier, data, Command("license.export", "license.export", why), "EXPORTED")
    values = metadata(found, register.license_types[found.type], register.agencies[found.issuer].name)
    typer.echo((as_xml if xml else as_json)(values).decode())


@license_.command(help=say("Show a license's state and history on record."))
def state(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier."))],
    why: Why = "",
    as_json: AsJson = False,
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show a license's state and history."""
    found = _license(identifier, data, Command("license.state", "license.read", why), "READ")
    history = asyncio.run(history_of(found.identifier, data))
    if as_json:
        about = {"identifier": found.identifier, "state": found.state_now.value, "revision": found.revision}
        notes = {"flag": found.flag or None, "annotation": dict(found.annotation) or None}
        show_json({**about, **notes, "history": json_rows(HISTORY, history)})
        return
    now = either(found.state_now.value, STATE_NAMES[found.state_now])
    console().print(f"[bold]{found.identifier}[/]  {now}  {say('revision')} {found.revision}", soft_wrap=True)
    for label, value in (
        (say("flagged"), found.flag),
        (say("annotation"), found.annotation.get("why", "")),
    ):
        if value:
            console().print(f"  {label}: {escape(value)}", soft_wrap=True)
    console().print()
    show_rows(HISTORY, history, utc=utc)


@license_.command(help=say(
    "Issue licenses from metadata files (GB/T 36903, JSON or XML) through a node."))  # fmt: skip
def issue(
    kind: Annotated[str, typer.Argument(help=say("License type."))],
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    address: Address,
    credentials: Credentials,
    basis: BasisOption,
    trust: Trust = Path("trust"),
) -> None:
    """Issue licenses."""
    from exchange.client.licenses import LicenseClient  # noqa: PLC0415  # gRPC is not needed by the other commands

    async def run() -> None:
        async with connect(LicenseClient, address, credentials, trust) as client:
            for path in files:
                held = await client.issue_from_metadata(basis_of(basis), kind, path.read_bytes())
                out = path.with_suffix(".sd-jwt")
                out.write_text(held.envelope, encoding="ascii")
                out.with_suffix(".tlog-proof").write_text(held.receipt, encoding="utf-8")
                console().print(f"[green]✓[/] {held.identifier} → {out}", soft_wrap=True)

    asyncio.run(run())


@license_.command(help=say("Change a license's state through a node."))
def change(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier."))],
    to: Annotated[Action, typer.Argument(help=say("What to do."))],
    address: Address,
    credentials: Credentials,
    basis: BasisOption,
    trust: Trust = Path("trust"),
    why: Why = "",
) -> None:
    """Change a license's state."""
    from exchange.client.licenses import LicenseClient  # noqa: PLC0415  # gRPC is not needed by the other commands

    async def run() -> None:
        async with connect(LicenseClient, address, credentials, trust) as client:
            held = await client.get(basis_of(basis), identifier, why)
            fresh = await client.change(basis_of(basis), held, Change(to.value), why)
            console().print(
                f"[green]✓[/] {fresh.identifier} {either(fresh.told.state.value, STATE_NAMES[fresh.told.state])}"
            )

    asyncio.run(run())


@license_.command(help=say(
    "Review one's licenses of a type against the data they rest on; run it daily."))  # fmt: skip
def review(
    kind: Annotated[str, typer.Argument(help=say("License type."))],
    address: Address,
    credentials: Credentials,
    basis: BasisOption,
    trust: Trust = Path("trust"),
) -> None:
    """Review licenses."""
    from exchange.client.licenses import LicenseClient  # noqa: PLC0415  # gRPC is not needed by the other commands

    async def run() -> None:
        async with connect(LicenseClient, address, credentials, trust, _REVIEW_SECONDS) as client:
            found = await client.review(basis_of(basis), kind)
        console().print(say(f"reviewed {found.reviewed_count}"))
        for what, names in (
            (mark("suspended"), found.suspended),
            (mark("flagged"), found.flagged),
            (mark("not decided, a source was away"), found.undecided),
        ):
            for name in names:
                console().print(f"  {say(what)}: {name}", soft_wrap=True)

    asyncio.run(run())


def _is_name(text: str) -> bool:
    """Return whether a text can only be a file's name: envelopes have a ~, QR texts no lower case."""
    return len(text) <= _LONGEST_NAME and "~" not in text and text != text.upper()


def _is_identifier(text: str) -> bool:
    try:
        LicenseIdentifier.parse(text)
    except IdentifierError:
        return False
    return True


def _license(identifier: str, data: Path, command: Command, result: str) -> License:
    """Return a license of this node, after recording that it is read, and why."""

    async def work(host: Host, permit: Permit[Command]) -> License:
        async with host.database.connection() as connection:
            found = await records.get_license(connection, LicenseIdentifier.parse(identifier).text)
        if found is None:
            raise NotOnRecordError("license: no such license on this node")
        pseudonyms = host.road.pseudonyms.of_all(subjects_of(found))
        about = replace(permit.act, pseudonyms=pseudonyms)
        await host.record(
            about.done(
                permit.principal,
                result,
                source=found.issuer,
                dataset=f"license.{found.type}",
                subjects=len(pseudonyms),
                answer=found.digest,
            )
        )
        return found

    return act(data, command, work)
