"""``yici seal check`` and ``use``: checking sealed files, and sealing by a node."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from exchange.cli.connecting import Address, BasisOption, Credentials, Trust, basis_of, connect
from exchange.cli.evidence import MARKS, WORDS
from exchange.cli.evidence_files import bundle_in
from exchange.cli.opened import opened
from exchange.cli.tables import Utc
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, mark, say, shown
from exchange.cli.times import with_shown_times
from exchange.node.wiring.folder import vault_of
from exchange.pki.seal_ca import trust_bundle
from exchange.sealing.checking import PresentedSeal, check_sealed, read_sealed
from exchange.settings import FILE, load_settings
from keys.errors import MalformedError, UndecidedError
from keys.evidence import Step, Verdict, worst
from keys.ses.structure import ESeal
from keys.trust import TrustBundle, load_revocation_lists
from registry.seals.records import get_seal
from registry.seals.states import STATE_NAMES

CHECK = say(
    "Check a seal (.esl), a signature with its document, or a sealed PDF. Exit code 0 valid, 1 invalid, 2 cannot say.",
)
USE = say(
    "Seal a file through a node: FILE.ses and its receipt, or for a PDF with --visible FILE.sealed.pdf.",
)
_FETCH_SECONDS = 10.0
_MAX_LISTS = 16 * 1024 * 1024
_STEPS = {
    "trust": mark("trust bundle"),
    "format": mark("format"),
    "page": mark("the page as a whole"),
    "attached": mark("attached e-signature"),
    "signature": mark("signature"),
    "signer's certificate": mark("signer's certificate"),
    "signer": mark("signer named by the seal"),
    "signing time": mark("signing time"),
    "document": mark("this document"),
    "scope": mark("this part"),
    "timestamp": mark("time-stamp"),
    "record": mark("in the ledger"),
    "extensions": mark("extensions"),
    "seal's extensions": mark("the seal's extensions"),
    "maker's signature": mark("maker's signature"),
    "maker": mark("a maker of seals"),
    "maker and signer": mark("maker and signer"),
    "maker's certificate": mark("maker's certificate"),
    "seal's period": mark("the seal's period"),
    "seal's timestamp": mark("the seal's time-stamp"),
    "state": mark("in the register"),
}


def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=say("What to check."))],
    document: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=say("What was signed."))] = None,
    receipt: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help=say("The use's receipt (tlog-proof).")),
    ] = None,
    scope: Annotated[str | None, typer.Option(help=say("What the signature must say that it is about."))] = None,
    trust: Annotated[
        Path | None,
        typer.Option(file_okay=False, help=say("A trust bundle; else the node's own.")),
    ] = None,
    online: Annotated[
        str,
        typer.Option(help=say("Fetch fresh revocation lists from this node, http://host:port.")),
    ] = "",
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Check what is sealed."""
    presented = read_sealed(file, document, receipt, scope)
    try:
        bundle = _bundle(trust, data)
        checked = check_sealed(presented, _refreshed(bundle, online) if online else bundle, datetime.now(UTC))
        steps = list(checked.steps)
    except UndecidedError as error:  # required data are missing
        steps = [Step("trust", Verdict.UNDECIDED, str(error))]
    else:
        if trust is None and checked.seal is not None:
            steps.append(asyncio.run(_state(data, checked.seal)))
    show_steps(file.name, presented, steps, utc=utc)
    raise typer.Exit(worst(steps).value)


def use(
    number: Annotated[str, typer.Argument(help=say("The seal's number."))],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=say("What to seal."))],
    address: Address,
    credentials: Credentials,
    basis: BasisOption,
    trust: Trust = Path("trust"),
    visible: Annotated[bool, typer.Option("--visible", help=say("Put the seal on a PDF's last page."))] = False,
) -> None:
    """Seal a file."""
    from exchange.client.seals import SealClient  # noqa: PLC0415  # gRPC is not needed by the other commands

    async def run() -> list[Path]:
        content = file.read_bytes()
        async with connect(SealClient, address, credentials, trust) as client:
            if visible:
                page = await client.seal_pdf(basis_of(basis), number, content)
                return _written(file, (".sealed.pdf", page.pdf))
            info = file.name if file.name.isascii() else ""
            sealed = await client.seal(basis_of(basis), number, content, info)
            return _written(file, (".ses", sealed.signature), (".tlog-proof", sealed.receipt.encode()))

    for path in asyncio.run(run()):
        console().print(f"[green]✓[/] → {path}", soft_wrap=True)


def show_steps(name: str, presented: PresentedSeal, steps: Sequence[Step], *, utc: bool = False) -> None:
    """Print the result of a check."""
    console().print(f"[bold]{shown(name)}[/]  {WORDS[worst(steps)]}  [dim]{either(presented.kind, presented.title)}[/]")
    for step in steps:
        title = say(_STEPS[step.name])
        console().print(
            f"  {MARKS[step.verdict]} {title}{say(': ')}{shown(with_shown_times(say(step.detail), utc=utc))}",
            soft_wrap=True,
        )


def _bundle(trust: Path | None, data: Path) -> TrustBundle:
    if trust is not None:
        try:
            return bundle_in(trust)
        except MalformedError as error:  # an invalid bundle decides nothing
            raise UndecidedError(str(error)) from error
    if not (data / FILE).exists():
        raise UndecidedError("--trust: there is no node in this folder; name a trust bundle")
    return trust_bundle(vault_of(load_settings(data)), [])


def _refreshed(bundle: TrustBundle, node: str) -> TrustBundle:
    """Return the bundle with a node's current lists added; anchors are never fetched, and sign the lists."""
    fresh = []
    for name in ("crl.pem", "seal-crl.pem"):
        try:
            response = httpx.get(f"{node.rstrip('/')}/trust/{name}", timeout=_FETCH_SECONDS)
            response.raise_for_status()
            if len(response.content) > _MAX_LISTS:
                raise ValueError
            fresh.append(tuple(load_revocation_lists(response.content)))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise UndecidedError(f"--online: {name} cannot be fetched from that node") from error
    return replace(
        bundle,
        revocation_lists=(*bundle.revocation_lists, *fresh[0]),
        seal_lists=(*bundle.seal_lists, *fresh[1]),
    )


async def _state(data: Path, seal: ESeal) -> Step:
    """Return the current state of a seal in the register, which does not affect earlier seals' validity."""
    async with opened(data) as folder, folder.database.connection() as connection:
        known = await get_seal(connection, seal.id)
    if known is None or known.eseal != seal.raw:
        return Step("state", Verdict.VALID, say("not a seal of this register"))
    return Step("state", Verdict.VALID, say(f"{either(known.state.value, STATE_NAMES[known.state])} now"))


def _written(file: Path, *parts: tuple[str, bytes]) -> list[Path]:
    written = []
    for suffix, data in parts:
        path = file.with_name(file.name + suffix)
        path.write_bytes(data)
        written.append(path)
    return written
