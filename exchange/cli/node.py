"""``yici init``, ``serve``, ``stop`` and ``db``: creating and running a node."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, lockf
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.next_steps import tell_next_steps
from exchange.cli.opened import register_of
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.environment import prepare_environment
from exchange.node.wiring.folder import vault_of
from exchange.node.wiring.postgres import embedded
from exchange.settings import FILE, load_settings
from registry.connection import DATABASE_ERRORS
from registry.errors import RegistryError, RuleError

_STOP_SECONDS = 30.0


def serve(data: Data = DEFAULT_DATA) -> None:
    """Run the node."""
    settings = load_settings(data)
    vault_of(settings).store.signer("node")  # an unusable key is reported before anything starts
    pid = settings.data / "run" / "node.pid"
    pid.parent.mkdir(exist_ok=True)
    ready = settings.data / "run" / "ready"

    async def serving() -> None:
        ready.touch()
        node = settings.node
        text = say(f"Serving gRPC on {node.host}:{node.port} (mutual TLS 1.3), tiles and metrics on http://{node.http_host}:{node.http_port}")  # fmt: skip
        with suppress(OSError, SystemExit):  # rich exits if the terminal was closed, which must not stop the node
            console(stderr=True).print(text, soft_wrap=True)
            # A database that is unavailable, or ends meanwhile, is the supervisor's to restart.
            with suppress(RegistryError, *DATABASE_ERRORS):
                tell_next_steps(await register_of(data), data)

    with _claimed(pid):
        prepare_environment(settings.data)
        from exchange.node.supervisor import supervise  # noqa: PLC0415  # imports what reads the environment

        try:
            supervise(settings, serving)
        finally:
            ready.unlink(missing_ok=True)


def stop(
    data: Data = DEFAULT_DATA,
    quiet: Annotated[bool, typer.Option("--quiet", help=say("Say nothing."))] = False,
) -> None:
    """Stop the node."""
    if not (data / FILE).exists():
        if not quiet:
            console(stderr=True).print(say(f"There is no node in {data}."), soft_wrap=True)
        return
    settings = load_settings(data)
    process = _running(settings.data / "run" / "node.pid")
    if process is not None:
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _running(settings.data / "run" / "node.pid") and time.monotonic() < deadline:
            time.sleep(0.1)
    stopped = process is not None or (not settings.database.url and embedded(settings.data).stop())
    if not quiet:
        console().print(say("Stopped.") if stopped else say("Nothing was running."))


@contextmanager
def _claimed(path: Path) -> Iterator[None]:
    """Lock the data folder while serving; the lock ends with the process.

    Raises:
        RuleError: another process has locked it.
    """
    with path.open("a+") as file:
        try:
            lockf(file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise RuleError(
                str(path.parents[1]), "a node is running on this folder already; yici stop ends it"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def _running(path: Path) -> int | None:
    """Return the process that has locked the folder, or None."""
    if not path.exists():
        return None
    with path.open("r+") as file:
        try:
            lockf(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None
