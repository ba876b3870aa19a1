"""Licenses at the node: types, and the state and metadata of a license on record."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.license.history import HISTORY, history_of
from exchange.cli.opened import register_of
from exchange.cli.tables import AsJson, Column, Said, Utc, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, say, shown
from exchange.licensing.entries import subjects_of
from exchange.node.wiring.host import Host
from registry.errors import NotOnRecordError
from registry.licenses import records
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import License
from registry.licenses.states import STATE_NAMES

T = TypeVar("T")
_TYPES = (
    Column("id", "type"), Column("name", "name"), Column("code", "code"),
    Column("local", "whose code"), Column("issuers", "issuers"),
)  # fmt: skip


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


def export(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier."))],
    why: Why = "",
    xml: Annotated[bool, typer.Option("--xml", help=say("XML instead of JSON."))] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Export metadata."""
    from registry.licenses.metadata import as_json, as_xml, metadata  # noqa: PLC0415  # only this command needs XML

    register = asyncio.run(register_of(data))
    license_ = license_on_record(identifier, data, Command("license.export", "license.export", why), "EXPORTED")
    values = metadata(license_, register.license_types[license_.type], register.agencies[license_.issuer].name)
    typer.echo((as_xml if xml else as_json)(values).decode())


def state(
    identifier: Annotated[str, typer.Argument(help=say("The license's identifier."))],
    why: Why = "",
    as_json: AsJson = False,
    utc: Utc = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show a license's state and history."""
    license_, history = read_on_record(
        identifier, data, Command("license.state", "license.read", why), "READ", history_of
    )
    if as_json:
        about = {"identifier": license_.identifier, "state": license_.state_now.value, "revision": license_.revision}
        notes = {"flag": license_.flag or None, "annotation": dict(license_.annotation) or None}
        show_json({**about, **notes, "history": json_rows(HISTORY, history)})
        return
    now = either(license_.state_now.value, STATE_NAMES[license_.state_now])
    console().print(f"[bold]{license_.identifier}[/]  {now}  {say('revision')} {license_.revision}", soft_wrap=True)
    for label, value in (
        (say("flagged"), license_.flag),
        (say("annotation"), license_.annotation.get("why", "")),
    ):
        if value:
            console().print(f"  {label}: {shown(value)}", soft_wrap=True)
    console().print()
    show_rows(HISTORY, history, utc=utc)


def license_on_record(identifier: str, data: Path, command: Command, result: str) -> License:
    """Return a license of this node, after recording that it is read, and why."""

    async def nothing(_connection: asyncpg.Connection, _license: License) -> None:
        """Read no more than the license."""

    return read_on_record(identifier, data, command, result, nothing)[0]


def read_on_record(
    identifier: str,
    data: Path,
    command: Command,
    result: str,
    more: Callable[[asyncpg.Connection, License], Awaitable[T]],
) -> tuple[License, T]:
    """Return a license of this node and what ``more`` reads of it, after recording why it is read."""

    async def work(host: Host, permit: Permit[Command]) -> tuple[License, T]:
        async with host.database.connection() as connection:
            license_ = await records.get_license(connection, LicenseIdentifier.parse(identifier).text)
            if license_ is None:
                raise NotOnRecordError("license: no such license on this node")
            found = await more(connection, license_)
        pseudonyms = host.road.pseudonyms.of_all(subjects_of(license_))
        about = replace(permit.act, pseudonyms=pseudonyms)
        await host.record(
            about.permit_entry(
                permit.principal,
                result,
                source=license_.issuer,
                dataset=f"license.{license_.type}",
                subjects=len(pseudonyms),
                answer=license_.digest,
            )
        )
        return license_, found

    return act(data, command, work)
