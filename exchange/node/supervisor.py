"""The supervisor of a node's processes, which restarts those that end or hang.

It accepts no connections, so that no load can take the descriptors that a restart needs.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from exchange.logs import log_loop
from exchange.node.keeper import keep_running
from exchange.node.process import DATABASE, READY, WRITER, listen
from exchange.node.sockets import raise_file_limit
from exchange.paths import database_url, embedded
from exchange.settings import Settings
from registry.errors import StorageError

# The node's key is an ECDSA key, so a TLS 1.2 handshake limited to RSA suites cannot succeed: only TLS 1.3 can. gRPC's
# Python API has no other setting of a minimum version, and reads this one when the process starts.
_TLS_1_3_ONLY = {"GRPC_SSL_CIPHER_SUITES": "ECDHE-RSA-AES128-GCM-SHA256"}
_EXPIRY_SECONDS = 600.0
_REVOCATION_SECONDS = 30.0
_COUNTS_SECONDS = 60.0
_RESTART_SECONDS = (0.2, 10.0)
_START_SECONDS = 30.0
_LISTEN_SECONDS, _SILENCES = 10.0, 3
"""The interval of heartbeat checks, and how many silent ones mean that a process hangs."""
log = structlog.get_logger(__name__)


class Supervisor:
    """The processes of a node; ``serve`` runs until it is told to stop."""

    def __init__(self, settings: Settings, serving: Callable[[], Awaitable[None]]) -> None:
        """Create a supervisor; ``serving`` is called once, when every worker accepts calls."""
        self._settings = settings
        self._serving = serving
        self._stop = asyncio.Event()
        self._parent_alive_fds = os.pipe()  # processes have its reading end, which is closed when this one ends
        self._writer, self._web = "ledger_writer", "web"
        self._workers = [f"worker {at}" for at in range(settings.worker_count)]
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._beats: dict[str, int] = {}

    async def serve(self) -> None:
        """Start everything, wait for SIGTERM or SIGINT, and stop everything in order.

        Raises:
            RegistryError: the node cannot start; says why.
        """
        raise_file_limit()
        metrics = self._settings.data / "run" / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        url = database_url(self._settings)
        socket_dir = tempfile.TemporaryDirectory(prefix="yici-")  # mode 0700; short, as sockets' paths must be
        self._environment = (
            os.environ | _TLS_1_3_ONLY | {DATABASE: url, WRITER: str(Path(socket_dir.name) / "ledger.sock")}
        )
        names = [self._writer, *self._workers, self._web]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.set_exception_handler(log_loop)
        stopping: asyncio.Future[Any] = asyncio.create_task(self._stop.wait())
        starting: list[asyncio.Task[None]] = []
        from exchange.node.tasks import Tasks  # noqa: PLC0415  # needs the metrics folder in the environment

        tasks = Tasks(self._stop.set)
        try:
            self._require_free_ports()
            if not self._settings.database.url:
                tasks.start("database", keep_running(embedded(self._settings)))
            starting += [asyncio.create_task(self._start(name)) for name in names]
            tasks.start("counts", self._keep_counts())
            begun: asyncio.Future[Any] = asyncio.gather(*starting)
            begun.add_done_callback(lambda found: found.cancelled() or found.exception())  # retrieves the exception
            await asyncio.wait([begun, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                await begun
                for name in names:
                    tasks.start(name, self._keep(name))
                tasks.start("revocations", self._keep_revocations(url))
                tasks.start("expiry", self._keep_expiry(url))
                tasks.start("registers", self._keep_comparing(url))
                await self._serving()
                log.info("node.serving", workers=len(self._workers), port=self._settings.node.port)
                await stopping
        finally:
            for task in (stopping, *starting):
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
            await tasks.close()
            await self._stop_all([*self._workers, self._web])
            await self._stop_all([self._writer])  # it writes until no worker is left
            socket_dir.cleanup()
            if not self._settings.database.url:
                embedded(self._settings).stop()
            log.info("node.stopped")
        if tasks.failed:
            raise StorageError("a task of the node ended by itself; see its log")

    async def _start(self, name: str) -> None:
        """Start a process, and wait until it serves.

        Raises:
            StorageError: it failed; its error is on standard error.
        """
        kind, _, _ = name.partition(" ")
        read, write = os.pipe()
        module, data = f"exchange.node.{kind}", str(self._settings.data)
        arguments = [sys.executable, "-m", module, data, str(write), str(self._parent_alive_fds[0])]
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments, env=self._environment, pass_fds=[write, self._parent_alive_fds[0]], start_new_session=True
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        self._processes[name] = process
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_START_SECONDS):
                said = await loop.run_in_executor(None, os.read, read, len(READY))
        except TimeoutError:
            said = b""
        except BaseException:  # stopped meanwhile: the reading thread ends with the process
            with suppress(ProcessLookupError):
                process.kill()
            raise
        if said != READY:
            os.close(read)
            with suppress(ProcessLookupError):
                process.kill()
            raise StorageError(f"a {kind} did not start (exit code {await process.wait()}); see above")
        os.set_blocking(read, False)
        self._beats[name] = read

    async def _keep(self, name: str) -> None:
        """Restart a process whenever it ends or hangs, with longer delays after repeated failures."""
        from prometheus_client import multiprocess  # noqa: PLC0415  # as above

        shortest, longest = _RESTART_SECONDS
        wait, loop = shortest, asyncio.get_running_loop()
        while True:
            begun = loop.time()
            code = await self._ended(name)
            multiprocess.mark_process_dead(self._processes[name].pid)  # type: ignore[no-untyped-call]  # untyped upstream
            log.error("process.ended", name=name, code=code)
            wait = shortest if loop.time() - begun > longest else wait
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
            try:
                await self._start(name)
            except (StorageError, OSError) as error:
                log.error("process.not_started", name=name, error=str(error))

    async def _ended(self, name: str) -> int:
        """Wait until a process ends; kill it if it hangs, since calls would wait for it."""
        process, beats = self._processes[name], self._beats.pop(name, None)
        ending = asyncio.create_task(process.wait())
        silences = 0
        try:
            while beats is not None and not (await asyncio.wait({ending}, timeout=_LISTEN_SECONDS))[0]:
                silences = 0 if _has_beaten(beats) else silences + 1
                if silences == _SILENCES:
                    log.error("process.hangs", name=name)
                    process.kill()
            return await ending
        finally:
            ending.cancel()
            if beats is not None:
                os.close(beats)

    async def _stop_all(self, names: Sequence[str]) -> None:
        found = [self._processes[name] for name in names if name in self._processes]
        running = [process for process in found if process.returncode is None]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = self._settings.limits.drain_seconds + 5
        _, late = (
            await asyncio.wait([asyncio.create_task(p.wait()) for p in running], timeout=deadline)
            if running
            else (0, ())
        )
        if late:
            for process in running:
                with suppress(ProcessLookupError):
                    process.kill()

    def _require_free_ports(self) -> None:
        """Check that the ports are free: workers share theirs, and would share another node's."""
        node = self._settings.node
        if node.port:
            listen("node.port", node.host, node.port).close()
        listen("node.http_port", node.http_host, node.http_port).close()

    async def _keep_expiry(self, url: str) -> None:
        """Record expired licenses and seals at every start, and soon after midnight."""
        from exchange.node.wiring.registers import expire  # noqa: PLC0415  # workers start first

        while True:
            try:
                count = await expire(self._settings, url)
                if count:
                    log.info("register.expired", count=count)
            except Exception as error:  # noqa: BLE001  # whatever the error, the next turn may succeed
                log.error("licenses.not_expired", error=type(error).__name__)
            await asyncio.sleep(_EXPIRY_SECONDS)

    async def _keep_comparing(self, url: str) -> None:
        """The registers are compared with the ledger at every start, and again and again."""
        from exchange.node.conformity import keep_comparing  # noqa: PLC0415  # the metrics folder is in the environment

        await keep_comparing(url, self._settings.registers.compare_seconds)

    async def _keep_counts(self) -> None:
        """Count unreachable keys; workers wait for the first counts before they serve."""
        from exchange.node.counting import keep_counting  # noqa: PLC0415  # the metrics folder must be in the environment
        from exchange.node.counts import Counts  # noqa: PLC0415
        from exchange.node.sources import Sources  # noqa: PLC0415

        while True:
            sources = Sources(self._settings)
            try:
                await sources.open()
                counts = Counts(self._settings.data)
                await asyncio.gather(keep_counting(sources.by_dataset, counts), sources.keep_current())
            except Exception as error:  # noqa: BLE001  # without counts, absent records are unknown
                log.error("sources.not_counted", error=type(error).__name__)
            finally:
                await sources.close()
            await asyncio.sleep(_COUNTS_SECONDS)

    async def _keep_revocations(self, url: str) -> None:
        """Publish new CRLs long before the end of the last ones, and when the registers have changed."""
        from exchange.node.wiring.registers import publish_revocations  # noqa: PLC0415  # workers start first

        while True:
            try:
                await publish_revocations(self._settings, url, only_due=True)
            except Exception as error:  # noqa: BLE001  # without a current list, nothing can be checked
                log.error("revocations.not_published", error=type(error).__name__)
            await asyncio.sleep(_REVOCATION_SECONDS)


def _has_beaten(beats: int) -> bool:
    """Return whether a process has sent heartbeats since the last check."""
    try:
        return bool(os.read(beats, 1 << 16))
    except BlockingIOError:
        return False
