"""``yici seal``: the register of seals."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import asyncpg
import typer

from exchange.cli.opened import opened
from exchange.cli.seal_rules import allow, distrust, end_rule, trust
from exchange.cli.sealed import CHECK, USE, check, use
from exchange.cli.sealers import Sealer
from exchange.cli.tables import AsJson, Column, Row, Said, Utc, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, say
from exchange.cli.times import shown_time
from exchange.cli.two_ways import two_ways
from exchange.pages.seal_picture import drawing
from registry.errors import NotOnRecordError, RuleError
from registry.reading import read_register
from registry.register import Register
from registry.seals.kinds import KINDS, SealKind
from registry.seals.records import get_seal, list_seals
from registry.seals.seal import Application, Seal
from registry.seals.states import STATE_NAMES, SealChange

T = TypeVar("T")
seal = typer.Typer()

_SEALS = (
    Column("number", "number"), Column("name", "name"), Column("agency", "agency"),
    Column("kind", "kind"), Column("state", "state"), Column("valid_from", "from"),
    Column("valid_to", "until"), Column("rules", "rules"),
)  # fmt: skip
Number = Annotated[str, typer.Argument(help=say("The seal's number."))]


@seal.command(help=say("Apply for a seal, on behalf of an agency."))
@two_ways
def apply(
    sealer: Sealer,
    agency: Annotated[str, typer.Argument(help=say("USCC of the agency."))],
    custodian: Annotated[str, typer.Option(help=say("Who keeps it."))],
    kind: Annotated[SealKind, typer.Option(help=say("Kind of the seal."))] = SealKind.OFFICIAL,
    name: Annotated[str, typer.Option(help=say("Its name; else agency and kind."))] = "",
    holder: Annotated[str, typer.Option(help=say("The person on a name seal."))] = "",
    years: Annotated[int, typer.Option(help=say("How long it holds."))] = 3,
) -> None:
    """Apply for a seal."""
    _show_state(sealer.apply(Application(agency, kind, name, holder, years, custodian)))


@seal.command(help=say("Approve an application; not by who applied."))
@two_ways
def approve(sealer: Sealer, number: Number) -> None:
    """Approve an application."""
    _show_state(sealer.change(number, SealChange.APPROVE))


@seal.command(help=say("Refuse an application; not by who applied."))
@two_ways
def refuse(sealer: Sealer, number: Number) -> None:
    """Refuse an application."""
    _show_state(sealer.change(number, SealChange.REFUSE))


@seal.command(help=say("Make an approved seal; not by who applied or approved."))
@two_ways
def make(sealer: Sealer, number: Number) -> None:
    """Make an approved seal."""
    _show_state(sealer.make(number))


@seal.command(help=say("Take a seal out of use, at once."))
@two_ways
def suspend(sealer: Sealer, number: Number) -> None:
    """Suspend a seal."""
    _show_state(sealer.change(number, SealChange.SUSPEND))


@seal.command(help=say("Take a suspended seal into use again."))
@two_ways
def resume(sealer: Sealer, number: Number) -> None:
    """Resume a seal."""
    _show_state(sealer.change(number, SealChange.RESUME))


@seal.command("hand-over", help=say("Give a seal into another's keeping."))
@two_ways
def hand_over(
    sealer: Sealer,
    number: Number,
    custodian: Annotated[str, typer.Option(help=say("Who keeps it from now on."))],
) -> None:
    """Transfer a seal to another custodian."""
    _show_state(sealer.hand_over(number, custodian))


@seal.command(help=say("Destroy a seal: its keys end, its certificates are revoked."))
@two_ways
def destroy(sealer: Sealer, number: Number) -> None:
    """Destroy a seal."""
    _show_state(sealer.change(number, SealChange.DESTROY))


@seal.command("list", help=say("List seals."))
def list_(as_json: AsJson = False, utc: Utc = False, data: Data = DEFAULT_DATA) -> None:
    """List seals."""
    seals, register = asyncio.run(_read(data, list_seals))
    show_rows(_SEALS, [_row(item, register) for item in seals], as_json=as_json, utc=utc)


@seal.command(help=say("Show a seal; write its picture or its national structure."))
def show(
    number: Number,
    picture: Annotated[Path | None, typer.Option(help=say("Write the picture here: .png or .svg."))] = None,
    eseal: Annotated[Path | None, typer.Option(help=say("Write the SESeal here, DER."))] = None,
    as_json: AsJson = False,
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show a seal."""
    item, register = asyncio.run(_read(data, lambda connection: get_seal(connection, number)))
    if item is None:
        raise NotOnRecordError("seal: no such seal")
    agency = register.agencies[item.agency]
    if as_json:
        show_json(json_rows(_SEALS, [_row(item, register)])[0])
    else:
        _show_state(item, utc=utc)
    vector = picture is not None and picture.suffix == ".svg"
    for path, content in (
        (picture, drawing(item, agency).encode() if vector else item.picture),
        (eseal, item.eseal),
    ):
        if path is not None:
            if not content:
                raise RuleError(str(path), "the seal is not made yet")
            path.write_bytes(content)
            console(stderr=as_json).print(f"  → {path}", soft_wrap=True)


seal.command(help=say("Load rules of use from YAML: who, on what, for which matters, how often."))(allow)
seal.command("end-rule", help=say("End a rule of use, at once."))(end_rule)
seal.command(help=say("Trust others' seals: their anchors and lists, PEM."))(trust)
seal.command(help=say("Trust an anchor of others no longer."))(distrust)
seal.command(help=CHECK)(check)
seal.command(help=USE)(use)


async def _read(data: Path, read: Callable[[asyncpg.Connection], Awaitable[T]]) -> tuple[T, Register]:
    """Return a reading of the register of seals, and all registers."""
    async with opened(data) as folder, folder.database.connection() as connection:
        return await read(connection), await read_register(connection)


def _row(item: Seal, register: Register) -> Row:
    return {
        "number": item.id,
        "name": item.name,
        "agency": Said(item.agency, register.agencies[item.agency].name),
        "kind": Said(item.kind.value, either(item.kind.value, KINDS[item.kind].title)),
        "state": Said(item.state.value, either(item.state.value, STATE_NAMES[item.state])),
        "valid_from": item.valid_from,
        "valid_to": item.valid_to,
        "rules": [rule.id for rule in register.seal_rules.get(item.id, ())],
    }


def _show_state(item: Any, *, utc: bool = False) -> None:
    state = either(item.state.value, STATE_NAMES[item.state])
    period = " – ".join(shown_time(at, utc=utc) for at in (item.valid_from, item.valid_to) if at)
    console().print(f"{item.id}  {item.name}  [bold]{state}[/]  {period}", soft_wrap=True)
