"""``yici seal``: the register of seals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.opened import opened
from exchange.cli.seal_rules import Why, allow, distrust, end_rule, trust
from exchange.cli.sealed import CHECK, USE, check, use
from exchange.cli.tables import AsJson, Column, Row, Said, Utc, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, say
from exchange.cli.times import shown_time
from exchange.node.wiring.registers import publish_revocations, seal_office
from exchange.pages.seal_picture import drawing
from exchange.sealing.office import Actor, SealOffice, operator
from registry.errors import NotOnRecordError, RuleError
from registry.register import Register, read_register
from registry.seals.kinds import KINDS, SealKind
from registry.seals.life import STATE_NAMES, SealChange
from registry.seals.records import get_seal, list_seals
from registry.seals.seal import Application, Seal

seal = typer.Typer()

_SEALS = (
    Column("number", "number"), Column("name", "name"), Column("agency", "agency"),
    Column("kind", "kind"), Column("state", "state"), Column("valid_from", "from"),
    Column("valid_to", "until"), Column("rules", "rules"),
)  # fmt: skip
Number = Annotated[str, typer.Argument(help=say("The seal's number."))]
Officer = Annotated[str, typer.Option(help=say("Who does this; goes on the record."))]


@seal.command(help=say("Apply for a seal, on behalf of an agency."))
def apply(
    agency: Annotated[str, typer.Argument(help=say("USCC of the agency."))],
    officer: Officer,
    custodian: Annotated[str, typer.Option(help=say("Who keeps it."))],
    kind: Annotated[SealKind, typer.Option(help=say("Kind of the seal."))] = SealKind.OFFICIAL,
    name: Annotated[str, typer.Option(help=say("Its name; else agency and kind."))] = "",
    holder: Annotated[str, typer.Option(help=say("The person on a name seal."))] = "",
    years: Annotated[int, typer.Option(help=say("How long it holds."))] = 3,
    data: Data = DEFAULT_DATA,
) -> None:
    """Apply for a seal."""

    async def run() -> Seal:
        async with _office(data) as (office, register):
            found = register.agencies.get(agency)
            if found is None:
                raise NotOnRecordError(f"agency: {agency} is not on record")
            title = "" if kind is SealKind.OFFICIAL else KINDS[kind].title
            wanted = Application(agency, kind, name or f"{found.name}{title}", holder, years, custodian)
            return await office.apply(operator(officer), wanted, found.region)

    _show_state(asyncio.run(run()))


@seal.command(help=say("Approve an application; not by who applied."))
def approve(number: Number, officer: Officer, why: Why, data: Data = DEFAULT_DATA) -> None:
    """Approve an application."""
    _change(data, number, officer, SealChange.APPROVE, why)


@seal.command(help=say("Refuse an application."))
def refuse(number: Number, officer: Officer, why: Why, data: Data = DEFAULT_DATA) -> None:
    """Refuse an application."""
    _change(data, number, officer, SealChange.REFUSE, why)


@seal.command(help=say("Make an approved seal; not by who applied or approved."))
def make(number: Number, officer: Officer, data: Data = DEFAULT_DATA) -> None:
    """Make an approved seal."""

    async def run() -> Seal:
        async with _office(data) as (office, register):
            found = await _found(office, number)
            actor = operator(officer)
            return await office.make(actor, number, found.revision, register.agencies[found.agency])

    _show_state(asyncio.run(run()))


@seal.command(help=say("Take a seal out of use, at once."))
def suspend(number: Number, officer: Officer, why: Why, data: Data = DEFAULT_DATA) -> None:
    """Suspend a seal."""
    _change(data, number, officer, SealChange.SUSPEND, why)


@seal.command(help=say("Take a suspended seal into use again."))
def resume(number: Number, officer: Officer, why: Why, data: Data = DEFAULT_DATA) -> None:
    """Resume a seal."""
    _change(data, number, officer, SealChange.RESUME, why)


@seal.command("hand-over", help=say("Give a seal into another's keeping."))
def hand_over(
    number: Number,
    custodian: Annotated[str, typer.Option(help=say("Who keeps it from now on."))],
    officer: Officer,
    why: Why,
    data: Data = DEFAULT_DATA,
) -> None:
    """Give a seal into another's keeping."""

    async def run() -> Seal:
        async with _office(data) as (office, _):
            found = await _found(office, number)
            actor = operator(officer)
            return await office.hand_over(actor, number, found.revision, custodian, why)

    _show_state(asyncio.run(run()))


@seal.command(help=say("Destroy a seal: its keys end, its certificates are revoked."))
def destroy(number: Number, officer: Officer, why: Why, data: Data = DEFAULT_DATA) -> None:
    """Destroy a seal."""
    _change(data, number, officer, SealChange.DESTROY, why)


@seal.command("list", help=say("List seals."))
def list_(as_json: AsJson = False, utc: Utc = False, data: Data = DEFAULT_DATA) -> None:
    """List seals."""

    async def run() -> tuple[list[Seal], Register]:
        async with _office(data) as (office, register), office.pool.acquire() as connection:
            return await list_seals(connection), register

    found, register = asyncio.run(run())
    show_rows(_SEALS, [_row(item, register) for item in found], as_json=as_json, utc=utc)


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

    async def run() -> tuple[Seal, Register]:
        async with _office(data) as (office, register):
            return await _found(office, number), register

    found, register = asyncio.run(run())
    agency = register.agencies[found.agency]
    if as_json:
        show_json(json_rows(_SEALS, [_row(found, register)])[0])
    else:
        _show_state(found, utc=utc)
    vector = picture is not None and picture.suffix == ".svg"
    for path, content in (
        (picture, drawing(found, agency).encode() if vector else found.picture),
        (eseal, found.eseal),
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


@asynccontextmanager
async def _office(data: Path) -> AsyncIterator[tuple[SealOffice, Register]]:
    async with opened(data) as (settings, database, _), seal_office(settings, database) as office:
        async with office.pool.acquire() as connection:
            register = await read_register(connection)
        yield office, register


async def _found(office: SealOffice, number: str) -> Seal:
    async with office.pool.acquire() as connection:
        found = await get_seal(connection, number)
    if found is None:
        raise NotOnRecordError("seal: no such seal")
    return found


def _change(data: Path, number: str, officer: str, change: SealChange, why: str) -> None:
    async def run() -> Seal:
        async with _office(data) as (office, _):
            found = await _found(office, number)
            actor: Actor = operator(officer)
            fresh = await office.change(actor, number, found.revision, change, why)
        if change is SealChange.DESTROY:
            async with opened(data) as (settings, database, _):
                await publish_revocations(settings, database.url)
        return fresh

    _show_state(asyncio.run(run()))


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


def _show_state(found: Seal, *, utc: bool = False) -> None:
    state = either(found.state.value, STATE_NAMES[found.state])
    period = " – ".join(shown_time(at, utc=utc) for at in (found.valid_from, found.valid_to) if at)
    console().print(f"{found.id}  {found.name}  [bold]{state}[/]  {period}", soft_wrap=True)
