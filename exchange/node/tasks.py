"""Supervised background tasks, none of which may end.

The end of a task, for any reason, is logged and counted, and ends the process, which the supervisor restarts.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog
from prometheus_client import Counter

_DEATHS = Counter("yici_task_deaths", "Background tasks that ended by themselves; each ended its process.", ["task"])
log = structlog.get_logger(__name__)


class Tasks:
    """The tasks of a process; ``died`` is called when one of them has ended."""

    def __init__(self, died: Callable[[], None]) -> None:
        self._died = died
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._closing = False
        self.failed = False

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Run a task until ``close``."""
        task = asyncio.create_task(work, name=name)
        self._tasks[task] = name
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Cancel all tasks, and wait for them."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if self._closing:
            return
        self.failed = True
        name = self._tasks.pop(task)
        with suppress(OSError):  # metrics are files
            _DEATHS.labels(name).inc()
        log.error("task.died", task=name, error=type(error).__name__ if error else "")
        self._died()
