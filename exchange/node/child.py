"""A process that the supervisor starts: its start, its heartbeat, its end and its next start."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from exchange.node.environment import READY
from registry.errors import StorageError

_START_SECONDS = 30.0
_RESTART_SECONDS = (0.2, 10.0)
_LISTEN_SECONDS, _SILENCES = 10.0, 3
"""The interval of heartbeat checks, and how many silent ones mean that a process hangs."""
log = structlog.get_logger(__name__)


class Child:
    """One process of the node, by name: ``worker 0``, ``ledger_writer`` or ``web``."""

    def __init__(self, name: str, data: Path, environment: Mapping[str, str], parent_alive_fd: int) -> None:
        """Create it without starting; it ends when the other end of ``parent_alive_fd`` is closed."""
        self.name = name
        self._kind = name.partition(" ")[0]
        self._data = data
        self._environment = environment
        self._parent_alive_fd = parent_alive_fd
        self._process: asyncio.subprocess.Process | None = None
        self._beats: int | None = None

    async def start(self) -> None:
        """Start the process, and wait until it serves.

        Raises:
            StorageError: it failed; its error is on standard error.
        """
        read, write = os.pipe()
        descriptors = [write, self._parent_alive_fd]
        arguments = ["-m", f"exchange.node.{self._kind}", str(self._data), *map(str, descriptors)]
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, env=self._environment, pass_fds=descriptors, start_new_session=True
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
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
            raise StorageError(f"a {self._kind} did not start (exit code {await process.wait()}); see above")
        os.set_blocking(read, False)
        self._beats = read

    async def keep_running(self) -> None:
        """Restart the process whenever it ends or hangs, with longer delays after repeated failures."""
        from prometheus_client import multiprocess  # noqa: PLC0415  # the metrics folder is in the environment by now

        shortest, longest = _RESTART_SECONDS
        wait, loop = shortest, asyncio.get_running_loop()
        while self._process is not None:
            begun = loop.time()
            code = await self.ended(self._process)
            multiprocess.mark_process_dead(self._process.pid)  # type: ignore[no-untyped-call]  # untyped upstream
            log.error("process.ended", name=self.name, code=code)
            wait = shortest if loop.time() - begun > longest else wait
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
            try:
                await self.start()
            except (StorageError, OSError) as error:
                log.error("process.not_started", name=self.name, error=str(error))

    async def ended(self, process: asyncio.subprocess.Process) -> int:
        """Wait until the process ends; kill it if it hangs, since calls would wait for it."""
        beats, self._beats = self._beats, None
        ending = asyncio.create_task(process.wait())
        silences = 0
        try:
            while beats is not None and not (await asyncio.wait({ending}, timeout=_LISTEN_SECONDS))[0]:
                silences = 0 if _has_beaten(beats) else silences + 1
                if silences == _SILENCES:
                    log.error("process.hangs", name=self.name)
                    process.kill()
            return await ending
        finally:
            ending.cancel()
            if beats is not None:
                os.close(beats)

    @property
    def running(self) -> asyncio.subprocess.Process | None:
        """The process, unless it has ended or was never started."""
        process = self._process
        return process if process is not None and process.returncode is None else None


async def stop_all(children: Sequence[Child], seconds: float) -> None:
    """Let processes finish, for at most ``seconds``; then kill them."""
    running = [process for child in children if (process := child.running) is not None]
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()
    if not running:
        return
    _, late = await asyncio.wait([asyncio.create_task(process.wait()) for process in running], timeout=seconds)
    if late:
        for process in running:
            with suppress(ProcessLookupError):
                process.kill()


def _has_beaten(beats: int) -> bool:
    """Return whether a process has sent heartbeats since the last check."""
    try:
        return bool(os.read(beats, 1 << 16))
    except BlockingIOError:
        return False
