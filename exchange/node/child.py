"""A process that the supervisor starts: its start, its heartbeat, its end and its next start."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

import structlog
from prometheus_client import multiprocess

from exchange.node.forkserver import Forkserver
from registry.errors import StorageError

_START_SECONDS = 30.0
_RESTART_SECONDS = (0.1, 10.0)
_LISTEN_SECONDS, _SILENCES = 10.0, 3
"""The interval of heartbeat checks, and how many silent ones mean that a process hangs."""
_REPORT_SECONDS = 10.0
"""How long the fork server may take to report that a killed process has ended."""
log = structlog.get_logger(__name__)


class Run:
    """One run of a process, as its reports tell it."""

    def __init__(self, reports: int) -> None:
        self.pid: int | None = None
        self.serving = asyncio.Event()
        self.beaten = False
        """Whether it has reported since this was last set to false."""
        self.ended = asyncio.create_task(self._follow(reports))
        """Its exit code; None if the fork server ended before it."""

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.pid is not None and not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _follow(self, reports: int) -> int | None:
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        pipe = os.fdopen(reports, "rb", buffering=0)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            async for line in reader:
                self.beaten = True
                match line.split():
                    case [b"pid", number]:
                        self.pid = int(number)
                    case [b"ready"]:
                        self.serving.set()
                    case [b"exit", code]:
                        return int(code)
            return None
        finally:
            transport.close()


class Child:
    """One process of the node, by name: ``worker 0``, ``ledger_writer`` or ``web``."""

    def __init__(self, name: str, forks: Forkserver) -> None:
        """Create it without starting."""
        self.name = name
        self._kind = name.partition(" ")[0]
        self._forks = forks
        self._run: Run | None = None

    async def start(self) -> None:
        """Start the process, and wait until it serves.

        Raises:
            StorageError: it failed; its error is on standard error.
            OSError: the fork server has ended.
        """
        self._run = run = Run(self._forks.fork(self._kind))
        serving = asyncio.create_task(run.serving.wait())
        try:
            await asyncio.wait({serving, run.ended}, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            serving.cancel()
            if not run.serving.is_set():  # it is late, or the node is stopped meanwhile
                run.send(signal.SIGKILL)
        if not run.serving.is_set():
            raise StorageError(f"a {self._kind} did not start (exit code {await self._killed(run)}); see above")

    async def keep_running(self) -> None:
        """Restart the process whenever it ends or hangs, with longer delays after repeated failures."""
        shortest, longest = _RESTART_SECONDS
        wait, loop = shortest, asyncio.get_running_loop()
        while (run := self._run) is not None:
            begun = loop.time()
            code = await self.ended(run)
            multiprocess.mark_process_dead(run.pid)  # type: ignore[no-untyped-call]  # untyped upstream
            log.error("process.ended", name=self.name, code=code)
            wait = shortest if loop.time() - begun > longest else wait
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
            try:
                await self.start()
            except (StorageError, OSError) as error:
                log.error("process.not_started", name=self.name, error=str(error))

    async def ended(self, run: Run) -> int | None:
        """Return the exit code of the process when it has ended; kill it if it hangs, since calls would wait."""
        silences = 0
        while not (await asyncio.wait({run.ended}, timeout=_LISTEN_SECONDS))[0]:
            silences = 0 if run.beaten else silences + 1
            run.beaten = False
            if silences == _SILENCES:
                log.error("process.hangs", name=self.name)
                return await self._killed(run)
        return await run.ended

    async def _killed(self, run: Run) -> int | None:
        """Kill the process, and the fork server if that does not report the end; return the exit code."""
        run.send(signal.SIGKILL)
        if not (await asyncio.wait({run.ended}, timeout=_REPORT_SECONDS))[0]:
            log.error("forkserver.hangs")
            self._forks.kill()
        return await run.ended

    @property
    def running(self) -> Run | None:
        """The run of the process, unless it has ended or was never started."""
        return None if self._run is None or self._run.ended.done() else self._run


async def stop_all(children: Sequence[Child], seconds: float) -> None:
    """Let processes finish, for at most ``seconds``; then kill them."""
    running = [run for child in children if (run := child.running) is not None]
    for run in running:
        run.send(signal.SIGTERM)
    if not running:
        return
    _, late = await asyncio.wait([run.ended for run in running], timeout=seconds)
    if late:
        for run in running:
            run.send(signal.SIGKILL)
