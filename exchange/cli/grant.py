"""``yici grant``: who may use what."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.loading import Files, load_files
from exchange.cli.next_steps import tell_next_steps
from exchange.cli.opened import register_of
from exchange.cli.tables import AsJson, Column, Row, Said, Utc, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.host import Host
from registry.grants import Grant
from registry.register import Register

grant = typer.Typer()
_GRANTS = (
    Column("id", "id"), Column("state", "state"), Column("agency", "agency"),
    Column("dataset", "dataset"), Column("fields", "fields"),
    Column("clear_fields", "shown unmasked"), Column("modes", "modes"),
    Column("matters", "matters"), Column("legal_basis", "legal basis"),
    Column("valid_from", "from"), Column("valid_to", "until"),
    Column("daily_quota", "daily quota"),
)  # fmt: skip


@grant.command("add", help=say("Add or replace grants from YAML."))
def grant_add(files: Files, why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Add grants."""
    load_files(files, data, Command("grant.add", "register.grant", why), "grants")


@grant.command("list", help=say("List grants that were not revoked, and whether they are in force."))  # fmt: skip
def grant_list(as_json: AsJson = False, utc: Utc = False, data: Data = DEFAULT_DATA) -> None:
    """List grants."""
    register = asyncio.run(register_of(data))
    show_rows(_GRANTS, _grant_rows(register, datetime.now(UTC)), as_json=as_json, utc=utc)
    if not as_json:
        tell_next_steps(register, data)


@grant.command("revoke", help=say("End a grant, at once."))
def grant_revoke(
    id: Annotated[str, typer.Argument(help=say("Id of the grant."))],  # noqa: A002  # the word of the field
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """End a grant."""

    async def work(host: Host, _permit: Permit[Command]) -> None:
        await host.registrar(why).revoke_grant(id, why)

    act(data, Command("grant.revoke", "register.grant", why), work)
    console().print(say(f"Grant {id} is revoked."))


def _grant_rows(register: Register, now: datetime) -> list[Row]:
    return [
        {
            "id": item.id,
            "state": _state_of(item, now),
            "agency": Said(item.agency, register.agencies[item.agency].name),
            "dataset": item.dataset,
            "fields": item.fields,
            "clear_fields": item.clear_fields,
            "modes": [mode.value for mode in item.modes],
            "matters": item.matters,
            "legal_basis": item.legal_basis,
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
            "daily_quota": item.daily_quota,
        }
        for items in register.grants.values()
        for item in items
    ]


def _state_of(item: Grant, now: datetime) -> Said:
    """Return whether a grant is in force, by its period."""
    if now < item.valid_from:
        return Said("not_yet", say("not yet"), "yellow")
    if now >= item.valid_to:
        return Said("ended", say("ended"), "red")
    return Said("in_force", say("in force"), "green")
