"""The common parts of a node's processes: start, readiness, heartbeat and stop.

The supervisor starts each as ``python -m exchange.node.<worker, ledger_writer or web> <data folder> <ready fd>
<parent alive fd>``. A process writes to ``ready`` once it serves, and then every few seconds; it ends when ``parent
alive`` is closed, which happens when the supervisor ends. The environment names the database and the ledger writer's
socket.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

import uvloop

from exchange.logs import configure_logs, log_line, log_loop
from exchange.node.environment import DATABASE, READY, WRITER
from exchange.node.grpc_loop import LOOPS, use_batch_policy
from exchange.node.stderr import captured
from exchange.node.tasks import Tasks
from exchange.settings import Settings, load_settings
from registry.errors import RegistryError

BEAT_SECONDS = 3.0
"""The interval of the bytes by which a process shows that it runs."""


@dataclass(frozen=True, slots=True)
class Process:
    """The running process: its settings, its tasks, and its link to the supervisor."""

    settings: Settings
    database: str
    writer: Path
    stop: asyncio.Event
    tasks: Tasks
    """Its background tasks; the end of one stops the process."""
    _ready: int
    _parent_alive_fd: int

    def ready(self) -> None:
        """Notify the supervisor; from then on SIGTERM and SIGINT set ``stop`` instead of ending the process."""
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
            with suppress(OSError):  # the supervisor has ended, or does not read
                os.write(self._ready, b".")

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent_alive_fd)
        self.stop.set()


def run(name: str, serve: Callable[[Process], Awaitable[None]], *, batch_policy: bool = False) -> None:
    """Run a process; exit with code 1 and a line on standard error if it cannot start or a task ends.

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
    except Exception as error:  # noqa: BLE001  # its text may contain anything
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
