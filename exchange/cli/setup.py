"""``yici init`` and ``db``: creating a data folder, and upgrading a schema."""

import asyncio
import json
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.next_steps import tell_next_steps
from exchange.cli.template import settings_template
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.host import Host
from exchange.paths import database_url, embedded_url
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import NationalAuthority
from exchange.settings import FILE, Settings, load_settings
from keys.errors import UnsupportedError
from keys.store import write_private
from registry.connection import create_database
from registry.database import Database
from registry.embedded import EmbeddedPostgres
from registry.errors import RegistryError, RuleError
from registry.register import Register

_MADE = ("datasets", "keys", "certificates", "postgres")
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


async def make_data_folder(data: Path, settings_text: str) -> Settings:
    """Write settings, keys, certificates and database; if a step fails, all is removed.

    Raises:
        RuleError: the folder already has a node.
    """
    if (data / FILE).exists():
        raise RuleError(str(data), "there is a node in this folder already")
    data.mkdir(parents=True, exist_ok=True)
    fresh = [path for name in _MADE if not (path := data / name).exists()]
    try:
        return await _make_node(data, settings_text)
    except BaseException:
        for path in fresh:
            if path.name == "postgres" and path.exists():
                with suppress(RegistryError):  # the first error is reported
                    EmbeddedPostgres(path).stop()
            shutil.rmtree(path, ignore_errors=True)
        (data / FILE).unlink(missing_ok=True)
        raise


async def _make_node(data: Path, settings_text: str) -> Settings:
    (data / "datasets").mkdir(exist_ok=True)
    write_private(data / FILE, settings_text.encode())
    settings = load_settings(data)
    if not settings.database.url and " " in str(settings.data):
        raise RuleError(str(data), "the embedded PostgreSQL needs a path without spaces")
    vault = KeyVault.of(settings)
    vault.create(settings.node.names)
    with suppress(UnsupportedError):  # without SM2 a node makes no seals, and reports that on request
        NationalAuthority(vault).create()
    url = database_url(settings)
    if not settings.database.url:
        await create_database(embedded_url(settings, "postgres"), "yici")
    database = Database(url)
    try:
        await database.upgrade()
    finally:
        await database.close()
    return settings


@db.callback()
def group() -> None:
    """The registry's database."""


@db.command(help=say("Bring the schema to this version."))
def upgrade(why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Bring the schema to this version."""

    async def run() -> bool:
        database = Database(database_url(load_settings(data)))
        try:
            return await database.upgrade()
        finally:
            await database.close()

    async def work(host: Host, permit: Permit[Command]) -> None:
        await host.record(permit.act.done(permit.principal, "UPGRADED"))

    if asyncio.run(run()):  # the ledger is in the database, so it can tell only afterwards
        act(data, Command("db.upgrade", "register.database", why), work)
    console().print(say("The schema is current."))
