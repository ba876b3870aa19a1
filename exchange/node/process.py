"""What a node's processes have in common: what they run on, how they say that they serve, and how they are stopped.

The supervisor starts each as ``python -m exchange.node.<worker, ledger_writer or web> <data folder> <ready fd>
<parent alive fd>``. A process writes to ``ready`` once it serves, and every few seconds from then on; it ends when
``parent alive`` is closed, which the supervisor's end does. The database and the ledger writer's socket are in the
environment.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

import uvloop

from exchange.logs import configure_logs, log_line, log_loop
from exchange.node.grpc_loop import LOOPS, use_batch_policy
from exchange.node.stderr import captured
from exchange.node.tasks import Tasks
from exchange.settings import Settings, load_settings
from registry.errors import RegistryError, RuleError

READY = b"ready\n"
"""What a process writes to its supervisor once it serves."""

BEAT_SECONDS = 3.0
"""Between two bytes by which a process that serves says that it runs."""
DATABASE, WRITER = "YICI_DATABASE_URL", "YICI_LEDGER_SOCKET"


@dataclass(frozen=True, slots=True)
class Process:
    """This process, as its supervisor wants it."""

    settings: Settings
    database: str
    writer: Path
    stop: asyncio.Event
    tasks: Tasks
    """Its background tasks; one that ends stops the process."""
    _ready: int
    _parent_alive_fd: int

    def ready(self) -> None:
        """Tell the supervisor; from now on SIGTERM and SIGINT set ``stop``. Before, they end the process at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        loop.add_reader(self._parent_alive_fd, self._orphaned)
        os.write(self._ready, READY)
        os.set_blocking(self._ready, False)
        self.tasks.start("beat", self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(OSError):  # the supervisor is gone, or has long not read
                os.write(self._ready, b".")

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent_alive_fd)
        self.stop.set()


def listen(setting: str, host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        RuleError: the port of that setting cannot be listened on.
    """
    host = host.strip("[]")  # as gRPC has IPv6 addresses
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise RuleError(setting, f"{host}:{port} cannot be listened on ({os.strerror(error.errno or 0)})") from error


def run(name: str, serve: Callable[[Process], Awaitable[None]], *, batch_policy: bool = False) -> None:
    """Entry of a process; exit code 1 with one line on standard error if it cannot start, or if a task of it died.

    With ``batch_policy`` it runs under the batch policy, unless the settings switch that off.
    """
    try:
        settings = load_settings(Path(sys.argv[1]))
        if batch_policy and settings.tuning.batch_policy:
            use_batch_policy()
        with captured(log_line) as descriptor:
            configure_logs(settings.node, descriptor)
            died = uvloop.run(_serve(settings, serve), loop_factory=LOOPS[settings.tuning.event_loop])
    except (RegistryError, OSError) as error:
        sys.exit(f"yici {name}: {error}")
    except Exception as error:  # noqa: BLE001  # its text could hold anything
        place = extract_tb(error.__traceback__)[-1]
        sys.exit(f"yici {name}: failed ({type(error).__name__} at {place.filename}:{place.lineno})")
    sys.exit(1 if died else 0)


async def _serve(settings: Settings, serve: Callable[[Process], Awaitable[None]]) -> bool:
    asyncio.get_running_loop().set_exception_handler(log_loop)
    ready, parent_alive_fd = map(int, sys.argv[2:])
    stop = asyncio.Event()
    tasks = Tasks(stop.set)
    await serve(Process(settings, os.environ[DATABASE], Path(os.environ[WRITER]), stop, tasks, ready, parent_alive_fd))
    await tasks.close()
    return tasks.failed
