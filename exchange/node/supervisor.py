"""The supervisor of a node's processes, which restarts those that end or hang.

It accepts no connections, so that no load can take the descriptors that a restart needs.
"""

import asyncio
import signal
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from exchange.logs import configure_logs, log_loop
from exchange.node.child import Child, stop_all
from exchange.node.forkserver import Forkserver, forkserver
from exchange.node.keeper import keep_running
from exchange.node.ledger_writer import LEDGER_WRITER
from exchange.node.ports import claim, listen
from exchange.node.process import run
from exchange.node.sockets import raise_file_limit
from exchange.node.tasks import Tasks
from exchange.node.web import WEB
from exchange.node.wiring.jobs import register_jobs
from exchange.node.wiring.postgres import database_url, embedded
from exchange.node.wiring.sources import counting_job
from exchange.node.worker import WORKER
from exchange.settings import Settings
from registry.errors import StorageError

_STOP_SECONDS = 5.0
"""How long processes may take to stop, beyond the time in which calls finish."""
_KINDS = (LEDGER_WRITER, WORKER, WEB)
log = structlog.get_logger(__name__)


def supervise(settings: Settings, serving: Callable[[], Awaitable[None]]) -> None:
    """Run a node until it is told to stop; ``serving`` is called once, when every worker accepts calls.

    Raises:
        RegistryError: the node cannot start; says why.
    """
    raise_file_limit()
    url = database_url(settings)
    with tempfile.TemporaryDirectory(prefix="yici-") as folder:  # mode 0700; short, as sockets' paths must be
        writer = Path(folder) / "ledger.sock"
        with forkserver({kind.name: partial(run, kind, settings, url, writer) for kind in _KINDS}) as forks:
            configure_logs(settings.node)  # loggers are kept from their first use, so processes configure them first
            asyncio.run(Supervisor(settings, url, forks, serving).serve())


class Supervisor:
    """The processes of a node; ``serve`` runs until it is told to stop."""

    def __init__(self, settings: Settings, url: str, forks: Forkserver, serving: Callable[[], Awaitable[None]]) -> None:
        self._settings = settings
        self._url = url
        self._forks = forks
        self._serving = serving
        self._stop = asyncio.Event()
        self._claimed = ExitStack()

    async def serve(self) -> None:
        """Start everything, wait for SIGTERM or SIGINT, and stop everything in order.

        Raises:
            RegistryError: the node cannot start; says why.
        """
        names = ["ledger_writer", *[f"worker {at}" for at in range(self._settings.worker_count)], "web"]
        children = [Child(name, self._forks) for name in names]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.set_exception_handler(log_loop)
        stopping: asyncio.Future[Any] = asyncio.create_task(self._stop.wait())
        starting: list[asyncio.Task[None]] = []
        tasks = Tasks(self._stop.set)
        try:
            self._claim_ports()
            tasks.start("forkserver", self._forks.ended())
            if not self._settings.database.url:
                tasks.start("database", keep_running(embedded(self._settings.data)))
            starting += [asyncio.create_task(child.start()) for child in children]
            tasks.start("counts", counting_job(self._settings))
            begun: asyncio.Future[Any] = asyncio.gather(*starting)
            begun.add_done_callback(lambda found: found.cancelled() or found.exception())  # retrieves the exception
            await asyncio.wait([begun, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                await begun
                for child in children:
                    tasks.start(child.name, child.keep_running())
                for name, job in register_jobs(self._settings, self._url).items():
                    tasks.start(name, job)
                await self._serving()
                log.info("node.serving", workers=self._settings.worker_count, port=self._settings.node.port)
                await stopping
        finally:
            for task in (stopping, *starting):
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
            await tasks.close()
            writer, *others = children
            seconds = self._settings.limits.drain_seconds + _STOP_SECONDS
            await stop_all(others, seconds)
            await stop_all([writer], seconds)  # it writes until no worker is left
            self._claimed.close()
            if not self._settings.database.url:
                embedded(self._settings.data).stop()
            log.info("node.stopped")
        if tasks.failed:
            raise StorageError("a task of the node ended by itself; see its log")

    def _claim_ports(self) -> None:
        """Check that the ports are free, and keep that of the workers until they have stopped."""
        node = self._settings.node
        if node.port:
            self._claimed.enter_context(claim("node.port", node.host, node.port))
        listen("node.http_port", node.http_host, node.http_port).close()
