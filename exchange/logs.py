"""Structured logs on standard error, without personal data: one JSON line an event, or console text.

Messages of libraries through ``logging``, asyncio's event loop and standard error itself become such lines, without
values, since a message's arguments and an exception's text could contain anything. Writing never raises, and never
waits for a reader: if standard error is closed, full or not read, lines are dropped and counted.
"""

import asyncio
import json
import logging
import os
import re
import select
from threading import RLock
from typing import Any

import structlog

from exchange.settings import NodeSettings

_STANDARD_ERROR = 2
_PIECE = 4096
"""The bytes that a pipe accepts at once if any (PIPE_BUF on Linux)."""
_MAX_TEXT = 300


class Lines:
    """Writes lines to a descriptor, and drops those that it does not accept."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._lost = 0
        self._torn = False  # the last line was written partially
        self._one = RLock()  # threads share the poll object; a finalizer may log in the thread that is logging

    def msg(self, message: str) -> None:
        """Write one line; never raises, and waits only while another thread writes one."""
        with self._one:
            self._tell(message)

    debug = info = warning = error = critical = exception = msg

    def _tell(self, message: str) -> None:
        try:
            if self._lost:
                lost = json.dumps({"event": "log.lost", "lines": self._lost})
                self._write(f"\n{lost}\n" if self._torn else f"{lost}\n")
                self._lost = 0
            self._write(f"{message}\n")
        except OSError:
            self._lost += 1

    def _write(self, text: str) -> None:
        data = text.encode(errors="backslashreplace")
        while data:
            if not self._room.poll(0):
                raise BlockingIOError
            written = os.write(self._descriptor, data[:_PIECE])
            self._torn = written < len(data)
            data = data[written:]


class _Libraries(logging.Handler):
    """Handles messages of libraries that use the standard library's logging."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record: its text without arguments, and its exception's type."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        log = structlog.get_logger(__name__)
        tell = log.error if record.levelno >= logging.ERROR else log.warning
        tell("library.said", logger=record.name, text=_first_line(str(record.msg)), error=error)


def configure_logs(settings: NodeSettings, descriptor: int = _STANDARD_ERROR) -> None:
    """Set up the logs of this process; lines go to ``descriptor``."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=os.isatty(descriptor))
    lines = Lines(descriptor)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[_Libraries()], force=True)


def log_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an event loop's error: of a task whose failure is not handled, or of a callback."""
    what = re.split(r"[<(]", _first_line(str(context.get("message", ""))))[0].strip()
    error = context.get("exception")
    structlog.get_logger(__name__).error("loop.failed", text=what, error=type(error).__name__ if error else "")


def log_line(text: str) -> None:
    """Log a line that other code, mostly gRPC's, wrote to standard error."""
    if text.strip():
        structlog.get_logger(__name__).warning("process.said", text=_first_line(text))


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:_MAX_TEXT]
