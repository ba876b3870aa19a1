"""The fork server: a process that has imported the modules of a node, and forks its processes.

Importing takes a process seconds, a fork milliseconds, and forks share the memory of what is imported. The supervisor
forks the server before it has threads and event loops, so processes inherit neither. gRPC cannot be forked once it
runs; it first runs in the processes.
"""

import asyncio
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from exchange.node.reports import EXIT, PID

Main = Callable[[int, int], int]
"""The work of a process: from a pipe for its reports, and one that closes with the supervisor, to its exit code."""
_WAKE = 4096


class Forkserver:
    """The fork server as the supervisor sees it."""

    def __init__(self, kinds: list[str], channel: socket.socket, pid: int) -> None:
        self._kinds = kinds
        self._channel = channel
        self._pid = pid

    def fork(self, kind: str) -> int:
        """Request a process; return the reading end of its reports.

        Raises:
            OSError: the fork server has ended.
        """
        reading, writing = os.pipe()
        try:
            socket.send_fds(self._channel, [bytes([self._kinds.index(kind)])], [writing])
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return reading

    def kill(self) -> None:
        """End it, also if it hangs; the processes go on."""
        os.kill(self._pid, signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until the fork server has ended: it was killed, since it runs as long as the supervisor."""
        with suppress(ConnectionResetError):  # it had not read all requests
            await asyncio.get_running_loop().sock_recv(self._channel, 1)


@contextmanager
def forkserver(mains: Mapping[str, Main]) -> Iterator[Forkserver]:
    """Fork the server for these kinds of processes; it is killed with the context.

    It ends with this process, too.

    No other thread may run.
    """
    channel, theirs = socket.socketpair()
    parent_alive, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        channel.close()
        os.close(held)
        _end_with(partial(_serve, list(mains.values()), theirs, parent_alive))
    theirs.close()
    os.close(parent_alive)
    channel.setblocking(False)
    server = Forkserver(list(mains), channel, pid)
    try:
        yield server
    finally:
        channel.close()
        server.kill()
        os.waitpid(pid, 0)
        os.close(held)


def _serve(mains: Sequence[Main], channel: socket.socket, parent_alive: int) -> int:
    """Fork on each request, and report the end of each process, until the supervisor has ended."""
    os.setsid()  # Ctrl-C in a terminal is for the supervisor
    name_process("forkserver")
    for number in (signal.SIGINT, signal.SIGTERM):  # also sent to all processes of a service; the supervisor decides
        signal.signal(number, signal.SIG_IGN)
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking)
    gc.collect()
    gc.freeze()  # collections in processes leave the shared memory alone
    reports: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([channel.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, _WAKE)
            _reap(reports)
        if channel.fileno() in ready:
            request, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
            if not request:
                return 0
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for descriptor in (channel.detach(), woken, waking, *reports.values()):
                    os.close(descriptor)
                _end_with(partial(_begin, mains[request[0]], descriptors[0], parent_alive))
            reports[pid] = descriptors[0]


def _begin(main: Main, report: int, parent_alive: int) -> int:
    """Run a process that was forked, in a session of its own: Linux shares processors out among sessions."""
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.write(report, PID % os.getpid())
    return main(report, parent_alive)


def _end_with(run: Callable[[], int]) -> NoReturn:
    """Run a fork to its end, without the parent's clean-up."""
    code = 1
    try:
        code = run()
    except BaseException:  # noqa: BLE001  # as an interpreter ends
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _reap(reports: dict[int, int]) -> None:
    """Report the ends of processes."""
    for pid, report in list(reports.items()):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with suppress(OSError):  # the supervisor has ended, or does not read
                os.write(report, EXIT % os.waitstatus_to_exitcode(status))
            os.close(reports.pop(pid))


def name_process(name: str) -> None:
    """Set the name of this process that ``ps -o comm`` and ``top`` show (Linux)."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="utf-8")
