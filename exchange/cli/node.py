"""``yici init``, ``serve``, ``stop`` and ``db``: a node from nothing to serving."""

import asyncio
import getpass
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from exchange.authority import Vault
from exchange.bootstrap import database_url, embedded, make_registrar
from exchange.cli.texts import Data, console, say
from exchange.logs import configure_logs
from exchange.settings import DEFAULT_DATA, FILE, TEMPLATE, Settings, load_settings
from exchange.supervisor import Supervisor
from keys.store import write_private
from registry.database import Database, create_database
from registry.errors import RuleError
from registry.registrar import Registrar

_STOP_SECONDS = 30.0


def add_to(app: typer.Typer) -> None:
    """Add the commands that stand at the top."""
    app.command(
        help=say(
            "Make a data folder: settings, keys, certificates, database.", "新建数据目录：配置、密钥、证书、数据库。"
        )
    )(init)
    app.command(help=say("Run the node until it is told to stop (Ctrl-C).", "运行节点，直到停止（Ctrl-C）。"))(serve)
    app.command(help=say("Stop the node of a data folder, losing nothing in flight.", "停止节点，在途请求不丢失。"))(
        stop
    )
    database = typer.Typer(help=say("The registry's database.", "登记数据库。"), no_args_is_help=True)
    database.command(help=say("Bring the schema to this version.", "将库结构升级到本版本。"))(upgrade)
    app.add_typer(database, name="db")


def init(
    data: Data = DEFAULT_DATA,
    origin: Annotated[
        str, typer.Option(help=say("Name of the ledger; never changed later.", "账本名称，之后不可更改。"))
    ] = "yici.local/ledger",
) -> None:
    """Make a data folder."""
    asyncio.run(make_data_folder(data, TEMPLATE.format(origin=origin)))
    console().print(
        say(
            f"Data folder [bold]{data}[/] is ready. Next: [bold]yici serve[/]",
            f"数据目录 [bold]{data}[/] 已就绪。下一步：[bold]yici serve[/]",
        )
    )


async def make_data_folder(data: Path, settings_text: str) -> Settings:
    """Write settings, make keys and certificates, create the database and its schema.

    Raises:
        RuleError: there is a node in this folder already.
    """
    if (data / FILE).exists():
        raise RuleError(str(data), "there is a node in this folder already")
    data.mkdir(parents=True, exist_ok=True)
    (data / "datasets").mkdir(exist_ok=True)
    write_private(data / FILE, settings_text.encode())
    settings = load_settings(data)
    Vault.of(settings).create(settings.node.names)
    url = database_url(settings)
    if not settings.database.url:
        await create_database(embedded_url(settings, "postgres"), "yici")
    database = Database(url)
    try:
        await database.upgrade()
    finally:
        await database.close()
    return settings


def embedded_url(settings: Settings, name: str) -> str:
    """A database of the embedded server, which is started if need be."""
    server = embedded(settings)
    server.start()
    return server.url(name)


def serve(data: Data = DEFAULT_DATA) -> None:
    """Run the node."""
    settings = load_settings(data)
    configure_logs(settings.node)
    pid = settings.data / "run" / "node.pid"
    if _running(pid) is not None:
        raise RuleError(str(data), "a node is running on this folder already; yici stop ends it")
    pid.parent.mkdir(exist_ok=True)
    pid.write_text(str(os.getpid()))

    def serving() -> None:
        node = settings.node
        console(stderr=True).print(
            say(f"Serving gRPC on {node.host}:{node.port} (mutual TLS 1.3), tiles and metrics on http://{node.http_host}:{node.http_port}",
                f"正在提供服务：gRPC {node.host}:{node.port}（双向 TLS 1.3），账本与指标 http://{node.http_host}:{node.http_port}"),
            soft_wrap=True,
        )  # fmt: skip

    try:
        asyncio.run(Supervisor(settings, serving).serve())
    finally:
        pid.unlink(missing_ok=True)


def stop(
    data: Data = DEFAULT_DATA,
    quiet: Annotated[bool, typer.Option("--quiet", help=say("Say nothing.", "不输出。"))] = False,
) -> None:
    """Stop the node."""
    if not (data / FILE).exists():
        return
    settings = load_settings(data)
    process = _running(settings.data / "run" / "node.pid")
    if process is not None:
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _alive(process) and time.monotonic() < deadline:
            time.sleep(0.1)
    elif not settings.database.url:
        embedded(settings).stop()
    if not quiet:
        console().print(say("Stopped.", "已停止。"))


def upgrade(data: Data = DEFAULT_DATA) -> None:
    """Bring the schema to this version."""

    async def run() -> None:
        database = Database(database_url(load_settings(data)))
        try:
            await database.upgrade()
        finally:
            await database.close()

    asyncio.run(run())
    console().print(say("The schema is current.", "库结构已是最新。"))


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[tuple[Settings, Database, Registrar]]:
    """A data folder's settings, database and a registrar that acts for whoever runs the command."""
    settings = load_settings(data)
    database = Database(database_url(settings))
    try:
        await database.require_current_schema()
        yield settings, database, await make_registrar(settings, database, f"operator:{getpass.getuser()}")
    finally:
        await database.close()


def _running(pid: Path) -> int | None:
    try:
        process = int(pid.read_text())
    except (OSError, ValueError):
        return None
    return process if _alive(process) else None


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
