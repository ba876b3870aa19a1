"""The common parts of a node's processes: readiness, heartbeat and stop.

A process is forked by the fork server. It reports to the supervisor once it serves, and then every few seconds; it
ends when the supervisor ends, which closes ``parent alive``.
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
from exchange.node.forkserver import name_process
from exchange.node.grpc_loop import LOOPS, use_batch_policy
from exchange.node.reports import BEAT, READY
from exchange.node.stderr import captured
from exchange.node.tasks import Tasks
from exchange.settings import Settings
from registry.errors import RegistryError

BEAT_SECONDS = 3.0
"""The interval of the reports by which a process shows that it runs."""


@dataclass(frozen=True, slots=True)
class Process:
    """The running process: its settings, its tasks, and its link to the supervisor."""

    settings: Settings
    database: str
    writer: Path
    stop: asyncio.Event
    tasks: Tasks
    """Its background tasks; the end of one stops the process."""
    _reports: int
    _parent_alive: int

    def ready(self) -> None:
        """Notify the supervisor; from then on SIGTERM and SIGINT set ``stop`` instead of ending the process."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        loop.add_reader(self._parent_alive, self._orphaned)
        os.write(self._reports, READY)
        os.set_blocking(self._reports, False)
        self.tasks.start("beat", self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(OSError):  # the supervisor has ended, or does not read
                os.write(self._reports, BEAT)

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent_alive)
        self.stop.set()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of process: its name, what it does, and whether it runs under the batch policy."""

    name: str
    serve: Callable[[Process], Awaitable[None]]
    batch_policy: bool = False


def run(kind: Kind, settings: Settings, database: str, writer: Path, reports: int, parent_alive: int) -> int:
    """Run a process; return 1, with a line on standard error, if it cannot start or a task ends."""
    try:
        name_process(kind.name)
        if kind.batch_policy and settings.tuning.batch_policy:
            use_batch_policy()
        with captured(log_line) as descriptor:
            configure_logs(settings.node, descriptor)
            died = uvloop.run(
                _serve(kind, settings, database, writer, reports, parent_alive),
                loop_factory=LOOPS[settings.tuning.event_loop],
            )
    except (RegistryError, OSError) as error:
        return _fail(f"yici {kind.name}: {error}")
    except Exception as error:  # noqa: BLE001  # its text may contain anything
        place = extract_tb(error.__traceback__)[-1]
        return _fail(f"yici {kind.name}: failed ({type(error).__name__} at {place.filename}:{place.lineno})")
    return 1 if died else 0


async def _serve(kind: Kind, settings: Settings, database: str, writer: Path, reports: int, parent_alive: int) -> bool:
    asyncio.get_running_loop().set_exception_handler(log_loop)
    stop = asyncio.Event()
    tasks = Tasks(stop.set)
    await kind.serve(Process(settings, database, writer, stop, tasks, reports, parent_alive))
    await tasks.close()
    return tasks.failed


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr, flush=True)  # noqa: T201  # logs may not be set up yet
    return 1
