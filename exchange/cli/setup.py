"""``yici init`` and ``db``: creating a data folder, and upgrading a schema."""

import asyncio
import json
import re
from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.next_steps import tell_next_steps
from exchange.cli.template import settings_template
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.creation import make_data_folder, upgrade_schema
from exchange.node.wiring.host import Host
from exchange.settings import load_settings
from registry.errors import RuleError
from registry.register import Register

_ORIGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
db = typer.Typer()


def init(
    data: Data = DEFAULT_DATA,
    origin: Annotated[str, typer.Option(help=say("Name of the ledger; never changed later."))] = "yici.local/ledger",
    password_file: Annotated[
        str,
        typer.Option(
            envvar="YICI_KEYS__PASSWORD_FILE",
            help=say("File with the password that encrypts private keys at rest."),
        ),
    ] = "",
) -> None:
    """Make a data folder."""
    if not _ORIGIN.fullmatch(origin):
        raise RuleError("--origin", "a name such as exchange.example.gov.cn/ledger: no spaces, no + and no quotes")
    path = str(Path(password_file).resolve()) if password_file else ""
    text = (
        settings_template()
        .replace("{origin}", origin)
        .replace('password_file = ""', f"password_file = {json.dumps(path)}")
    )
    asyncio.run(make_data_folder(data, text))
    where = "" if data == DEFAULT_DATA else f" --data {data}"
    console().print(
        say(
            f"Data folder [bold]{data}[/] is ready. Run it: [bold]yici serve{where}[/]",
        ),
        soft_wrap=True,
    )
    tell_next_steps(Register(), data)


@db.callback()
def group() -> None:
    """The registry's database."""


@db.command(help=say("Bring the schema to this version."))
def upgrade(why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Bring the schema to this version."""

    async def work(host: Host, permit: Permit[Command]) -> None:
        await host.record(permit.act.permit_entry(permit.principal, "UPGRADED"))

    if asyncio.run(
        upgrade_schema(load_settings(data))
    ):  # the ledger is in the database, so it can tell only afterwards
        act(data, Command("db.upgrade", "register.database", why), work)
    console().print(say("The schema is current."))
