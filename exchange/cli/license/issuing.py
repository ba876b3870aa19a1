"""An issuer's commands, which a node carries out: issuing, changing and reviewing licenses."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.acting import Why
from exchange.cli.connecting import Address, BasisOption, Credentials, Trust, basis_of, connect
from exchange.cli.texts import console, either, mark, say
from registry.licenses.states import STATE_NAMES, Change

_REVIEW_SECONDS = 3600.0


class Action(StrEnum):
    """An issuer's changes at the command line; other changes are new issues, or happen by time."""

    ACTIVATE = Change.ACTIVATE.value
    SUSPEND = Change.SUSPEND.value
    RESUME = Change.RESUME.value
    CANCEL = Change.CANCEL.value
    REVOKE = Change.REVOKE.value


def issue(
    kind: Annotated[str, typer.Argument(help=say("License type."))],
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help=say("Metadata of licenses, XML or JSON."))
    ],
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
                issued = await client.issue_from_metadata(basis_of(basis), kind, path.read_bytes())
                out = path.with_suffix(".sd-jwt")
                out.write_text(issued.envelope, encoding="ascii")
                out.with_suffix(".tlog-proof").write_text(issued.receipt, encoding="utf-8")
                console().print(f"[green]✓[/] {issued.identifier} → {out}", soft_wrap=True)

    asyncio.run(run())


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
            current = await client.get(basis_of(basis), identifier, why)
            fresh = await client.change(basis_of(basis), current, Change(to.value), why)
            console().print(
                f"[green]✓[/] {fresh.identifier} {either(fresh.record.state.value, STATE_NAMES[fresh.record.state])}"
            )

    asyncio.run(run())


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
            reviewed = await client.review(basis_of(basis), kind)
        console().print(say(f"reviewed {reviewed.reviewed_count}"))
        for what, names in (
            (mark("suspended"), reviewed.suspended),
            (mark("flagged"), reviewed.flagged),
            (mark("not decided, a source was away"), reviewed.undecided),
        ):
            for name in names:
                console().print(f"  {say(what)}: {name}", soft_wrap=True)

    asyncio.run(run())
