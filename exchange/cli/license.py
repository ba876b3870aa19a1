"""``yici license``: types, checking, metadata, and an issuer's work from the terminal."""

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from exchange.cli.connecting import Address, BasisOption, Credentials, Trust, basis_of, connect
from exchange.cli.evidence_files import MARKS, WORDS, bundle_in
from exchange.cli.license_history import HISTORY, history_of
from exchange.cli.opened import opened, register_of
from exchange.cli.tables import AsJson, Column, Said, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, say, shown
from exchange.licensing.entries import subjects_of
from exchange.pki.key_vault import KeyVault
from keys.errors import KeysError
from keys.evidence import Step, Verdict
from keys.leaf.facts import ActFacts
from keys.license import Checked
from registry.errors import IdentifierError, NotOnRecordError
from registry.ledger.leaf import Pseudonyms
from registry.licenses import records
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import License
from registry.licenses.life import STATE_NAMES, Change

license_ = typer.Typer()

_REVIEW_SECONDS = 3600.0

_STEPS = {
    "trust": ("trust bundle", "信任包"),
    "format": ("format", "格式"),
    "page": ("the page as a whole", "版式文件"),
    "seal": ("sealed by the issuer", "颁发机构印章"),
    "certificate": ("certificate good when issued", "颁发时证书有效"),
    "record": ("in the ledger", "账本收录"),
    "period": ("within its period", "有效期内"),
    "status": ("status", "状态"),
}


_LONGEST_NAME = 255


_TYPES = (
    Column("id", "type", "类型"), Column("name", "name", "名称"), Column("code", "code", "代码"),
    Column("local", "whose code", "代码来源"), Column("issuers", "issuers", "颁发机构"),
)  # fmt: skip


class Action(StrEnum):
    """What an issuer does to a license at the terminal; the rest happens by issuing anew, and by time."""

    ACTIVATE = Change.ACTIVATE.value
    SUSPEND = Change.SUSPEND.value
    RESUME = Change.RESUME.value
    CANCEL = Change.CANCEL.value
    REVOKE = Change.REVOKE.value


Why = Annotated[str, typer.Option(help=say("Why; goes on the record.", "原因，记入账本。"))]


@license_.command(help=say("List license types.", "列出证照类型。"))
def types(as_json: AsJson = False, data: Data = DEFAULT_DATA) -> None:
    """List license types."""
    register = asyncio.run(register_of(data))
    rows = [
        {
            "id": kind.id,
            "name": Said(kind.name, say(kind.name_en, kind.name)),
            "code": kind.code,
            "local": Said(kind.local, say("this registry's", "本地") if kind.local else say("the standard's", "国标")),
            "issuers": [Said(item, register.agencies[item].name) for item in kind.issuers],
        }
        for kind in register.license_types.values()
    ]
    show_rows(_TYPES, rows, as_json=as_json)


@license_.command(help=say(
    "Check a license: an SD-JWT, a PDF, a picture of its QR code (files), the QR code's text, or, on the node, its "
    "identifier. Exit code 0 valid, 1 invalid, 2 cannot say.",
    "核验证照：SD-JWT、PDF、二维码图片（文件）、二维码文本，或在节点上按证照标识。退出码：0 有效，1 无效，2 无法判定。"))  # fmt: skip
def check(
    items: Annotated[list[str], typer.Argument(help=say("Files, texts or identifiers.", "文件、文本或证照标识。"))],
    trust: Trust = Path("trust"),
    status: Annotated[
        Path | None,
        typer.Option(
            help=say("A status list (JWT or CWT) at hand.", "手头的状态列表（JWT 或 CWT）。"),
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help=say("Fetch nothing.", "不联网。"))] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Check licenses."""
    listed = status.read_bytes() if status else b""
    worst = Verdict.VALID
    for item in items:
        found = check_item(item, trust, listed, data, offline=offline)
        show(item, found)
        if worst is not Verdict.INVALID and found.verdict is not Verdict.VALID:
            worst = found.verdict
    raise typer.Exit(worst.value)


def check_item(item: str, trust: Path, listed: bytes, data: Path, *, offline: bool) -> Checked:
    """Check one thing that was held up; fetches its status list unless told not to."""
    from exchange.licensing.reading import (  # noqa: PLC0415  # PDF and pictures: a second that other commands do not need
        HeldUp,
        check_held_up,
        fetch_status_list,
        read_argument,
        read_held_up,
    )

    try:
        bundle = bundle_in(trust)
    except KeysError as error:  # a broken bundle says nothing of the license
        return Checked((Step("trust", Verdict.UNDECIDED, str(error)),))
    try:
        if _is_identifier(item):
            found = asyncio.run(_license(item, data, "check", "CHECKED", say("checked at the terminal", "终端核验")))
            held = HeldUp(found.envelope, found.receipt)
        elif _is_name(item) and not Path(item).is_file():
            return Checked((Step("format", Verdict.UNDECIDED, say("no such file", "没有这个文件")),))
        else:
            held = read_held_up(read_argument(item))
    except KeysError as error:
        return Checked((Step("format", Verdict.INVALID, str(error)),))
    checked = check_held_up(held, bundle, datetime.now(UTC), listed)
    if listed or offline or not checked.license:
        return checked  # nothing is fetched on the word of a license whose seal does not hold
    try:
        fetched = fetch_status_list(held.text)
    except KeysError:
        return checked  # its status step says that it is unknown
    return check_held_up(held, bundle, datetime.now(UTC), fetched)


def show(name: str, found: Checked) -> None:
    """Print each step by name, and the verdict."""
    title = Path(name).name if len(name) < 200 else f"{name[:24]}…"  # noqa: PLR2004  # a text, not a file
    said = " ".join(str(found.license.get(item, "")) for item in ("name", "identifier"))
    console().print(
        f"[bold]{shown(title)}[/]  {say(*WORDS[found.verdict])}  [dim]{escape(said.strip())}[/]", soft_wrap=True
    )
    for step in found.steps:
        console().print(f"  {MARKS[step.verdict]} {say(*_STEPS[step.name])}: {escape(step.detail)}", soft_wrap=True)


@license_.command(help=say("Print a license's metadata (GB/T 36903).", "输出证照元数据（GB/T 36903）。"))
def export(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier.", "证照标识。"))],
    why: Why,
    xml: Annotated[bool, typer.Option("--xml", help=say("XML instead of JSON.", "XML，而非 JSON。"))] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Export metadata."""
    from registry.licenses.metadata import as_json, as_xml, metadata  # noqa: PLC0415  # XML is not needed elsewhere

    register = asyncio.run(register_of(data))
    found = asyncio.run(_license(identifier, data, "export", "EXPORTED", why))
    values = metadata(found, register.license_types[found.type], register.agencies[found.issuer].name)
    typer.echo((as_xml if xml else as_json)(values).decode())


@license_.command(help=say("Show a license's state and history on record.", "查看证照的状态与记录。"))
def state(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier.", "证照标识。"))],
    why: Why,
    as_json: AsJson = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show a license's state and history."""
    found = asyncio.run(_license(identifier, data, "read", "READ", why))
    history = asyncio.run(history_of(found.identifier, data))
    if as_json:
        about = {"identifier": found.identifier, "state": found.state_now.value, "revision": found.revision}
        notes = {"flag": found.flag or None, "annotation": dict(found.annotation) or None}
        show_json({**about, **notes, "history": json_rows(HISTORY, history)})
        return
    now = say(found.state_now.value, STATE_NAMES[found.state_now])
    console().print(f"[bold]{found.identifier}[/]  {now}  {say('revision', '修订')} {found.revision}", soft_wrap=True)
    for label, value in (
        (say("flagged", "待复核"), found.flag),
        (say("annotation", "加注"), found.annotation.get("why", "")),
    ):
        if value:
            console().print(f"  {label}: {escape(value)}", soft_wrap=True)
    console().print()
    show_rows(HISTORY, history)


@license_.command(help=say(
    "Issue licenses from metadata files (GB/T 36903, JSON or XML) through a node.",
    "按元数据文件（GB/T 36903，JSON 或 XML）经节点签发证照。"))  # fmt: skip
def issue(
    kind: Annotated[str, typer.Argument(help=say("License type.", "证照类型。"))],
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


@license_.command(help=say("Change a license's state through a node.", "经节点变更证照状态。"))
def change(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier.", "证照标识。"))],
    to: Annotated[Action, typer.Argument(help=say("What to do.", "变更动作。"))],
    why: Annotated[str, typer.Option(help=say("Why; goes on the record.", "原因，记入账本。"))],
    address: Address,
    credentials: Credentials,
    basis: BasisOption,
    trust: Trust = Path("trust"),
) -> None:
    """Change a license's state."""
    from exchange.client.licenses import LicenseClient  # noqa: PLC0415  # gRPC is not needed by the other commands

    async def run() -> None:
        async with connect(LicenseClient, address, credentials, trust) as client:
            held = await client.get(basis_of(basis), identifier, why)
            fresh = await client.change(basis_of(basis), held, Change(to.value), why)
            console().print(
                f"[green]✓[/] {fresh.identifier} {say(fresh.told.state.value, STATE_NAMES[fresh.told.state])}"
            )

    asyncio.run(run())


@license_.command(help=say(
    "Review one's licenses of a type against the data they rest on; run it daily.",
    "按所依据的数据复核本部门某类证照；宜每日执行。"))  # fmt: skip
def review(
    kind: Annotated[str, typer.Argument(help=say("License type.", "证照类型。"))],
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
        console().print(say(f"reviewed {found.reviewed_count}", f"已复核 {found.reviewed_count} 份"))
        for english, chinese, names in (
            ("suspended", "已暂停", found.suspended),
            ("flagged", "待复核", found.flagged),
            ("not decided, a source was away", "数据源不可用，未判定", found.undecided),
        ):
            for name in names:
                console().print(f"  {say(english, chinese)}: {name}", soft_wrap=True)

    asyncio.run(run())


def _is_name(text: str) -> bool:
    """Whether this can only be a file's name: an envelope is long and holds a ~, a code's text has no small letters."""
    return len(text) <= _LONGEST_NAME and "~" not in text and text != text.upper()


def _is_identifier(text: str) -> bool:
    try:
        LicenseIdentifier.parse(text)
    except IdentifierError:
        return False
    return True


async def _license(identifier: str, data: Path, action: str, reason: str, why: str) -> License:
    """A license on this node, once it is on the record that it was read, and why."""
    async with opened(data) as (settings, database, registrar):
        connection = await database.dedicated()
        try:
            found = await records.get_license(connection, LicenseIdentifier.parse(identifier).text)
        finally:
            await connection.close()
        if found is None:
            raise NotOnRecordError("license: no such license on this node")
        pseudonyms = Pseudonyms(KeyVault.of(settings).pseudonym_key())
        subjects = pseudonyms.of_all(subjects_of(found))
        facts = ActFacts(
            f"license.{action}", "permit", reason, source=found.issuer, dataset=f"license.{found.type}",
            subjects=len(subjects), answer=found.digest,
        )  # fmt: skip
        await registrar.note(facts, why, subjects)
    return found
