"""``yici agency``: agencies on record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli.admin.through import Address, AsJson, Credentials, Trust, show, through
from exchange.cli.tables import Column
from exchange.cli.texts import say

if TYPE_CHECKING:
    from exchange.client.admin import AdminClient, AgencyView

agency = typer.Typer()
_COLUMNS = (Column("id", "id"), Column("name", "name"), Column("region", "region"), Column("state", "state"))


@agency.callback()
def group() -> None:
    """Agencies on record."""


@agency.command("list", help=say("List agencies."))
def agency_list(
    address: Address,
    credentials: Credentials,
    trust: Trust = Path("trust"),
    filter: Annotated[str, typer.Option(help=say('Such as: region = "320500" AND state = "active".'))] = "",  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """List agencies."""

    async def work(client: "AdminClient") -> "list[AgencyView]":
        return [item async for item in client.agencies(filter)]

    show(_COLUMNS, through(address, credentials, trust, work), as_json=as_json)


@agency.command("show", help=say("Show an agency."))
def agency_show(
    id: Annotated[str, typer.Argument(help=say("Its unified social credit code."))],  # noqa: A002
    address: Address,
    credentials: Credentials,
    trust: Trust = Path("trust"),
    as_json: AsJson = False,
) -> None:
    """Show an agency."""

    async def work(client: "AdminClient") -> "AgencyView":
        return await client.agency(id)

    show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)
