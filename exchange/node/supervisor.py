"""The supervisor of a node's processes, which restarts those that end or hang.

It accepts no connections, so that no load can take the descriptors that a restart needs.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import structlog

from exchange.logs import log_loop
from exchange.node.child import Child, stop_all
from exchange.node.environment import DATABASE, WRITER
from exchange.node.keeper import keep_running
from exchange.node.ports import claim, listen
from exchange.node.sockets import raise_file_limit
from exchange.node.wiring.postgres import database_url, embedded
from exchange.settings import Settings
from registry.errors import StorageError

# The node's key is an ECDSA key, so a TLS 1.2 handshake limited to RSA suites cannot succeed: only TLS 1.3 can. gRPC's
# Python API has no other setting of a minimum version, and reads this one when the process starts.
_TLS_1_3_ONLY = {"GRPC_SSL_CIPHER_SUITES": "ECDHE-RSA-AES128-GCM-SHA256"}
_STOP_SECONDS = 5.0
"""How long processes may take to stop, beyond the time in which calls finish."""
log = structlog.get_logger(__name__)


class Supervisor:
    """The processes of a node; ``serve`` runs until it is told to stop."""

    def __init__(self, settings: Settings, serving: Callable[[], Awaitable[None]]) -> None:
        """Create a supervisor; ``serving`` is called once, when every worker accepts calls."""
        self._settings = settings
        self._serving = serving
        self._stop = asyncio.Event()
        self._claimed = ExitStack()
        self._parent_alive_fds = os.pipe()  # processes have its reading end, which is closed when this one ends

    async def serve(self) -> None:
        """Start everything, wait for SIGTERM or SIGINT, and stop everything in order.

        Raises:
            RegistryError: the node cannot start; says why.
        """
        raise_file_limit()
        _clear_metrics(self._settings.data / "run" / "metrics")
        url = database_url(self._settings)
        socket_dir = tempfile.TemporaryDirectory(prefix="yici-")  # mode 0700; short, as sockets' paths must be
        environment = os.environ | _TLS_1_3_ONLY | {DATABASE: url, WRITER: str(Path(socket_dir.name) / "ledger.sock")}
        names = ["ledger_writer", *[f"worker {at}" for at in range(self._settings.worker_count)], "web"]
        children = [Child(name, self._settings.data, environment, self._parent_alive_fds[0]) for name in names]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.set_exception_handler(log_loop)
        stopping: asyncio.Future[Any] = asyncio.create_task(self._stop.wait())
        starting: list[asyncio.Task[None]] = []
        from exchange.node.tasks import Tasks  # noqa: PLC0415  # needs the metrics folder in the environment
        from exchange.node.wiring.sources import counting_job  # noqa: PLC0415  # as above

        tasks = Tasks(self._stop.set)
        try:
            self._claim_ports()
            if not self._settings.database.url:
                tasks.start("database", keep_running(embedded(self._settings.data)))
            starting += [asyncio.create_task(child.start()) for child in children]
            tasks.start("counts", counting_job(self._settings))
            begun: asyncio.Future[Any] = asyncio.gather(*starting)
            begun.add_done_callback(lambda found: found.cancelled() or found.exception())  # retrieves the exception
            await asyncio.wait([begun, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                await begun
                from exchange.node.wiring.jobs import register_jobs  # noqa: PLC0415  # workers start first

                for child in children:
                    tasks.start(child.name, child.keep_running())
                for name, job in register_jobs(self._settings, url).items():
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
            socket_dir.cleanup()
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


def _clear_metrics(folder: Path) -> None:
    """Make an empty folder for the metrics of all processes, which find it in the environment."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
