"""Starts Python processes of the project that have its modules imported: forks of a server.

Starting an interpreter and importing the node's packages takes most of the time of a command, and of a node's start.
The tests' server imports most packages once, and forks for each process. The fork imports the command line, which reads
its language then.
"""

import atexit
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType

from exchange.node.environment import prepare_environment

_IMPORTED = (
    "exchange.node.supervisor", "exchange.node.wiring.host", "registry.loading",
    "markdown_it", "rich._emoji_codes", "rich.progress", "rich.table", "rich.traceback", "typer.rich_utils",
)  # fmt: skip
_NUMBER = struct.Struct("!i")
NO_LOGIN = 2**32 - 1


class Forked:
    """A process of the server, with the methods of ``subprocess.Popen``."""

    def __init__(self, args: Sequence[str], link: socket.socket) -> None:
        self.args = args
        self.returncode: int | None = None
        self._link = link
        self.pid = self._number()

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._link], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = self._number()
            self._link.close()
        return self.returncode

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _number(self) -> int:
        return int(_NUMBER.unpack(self._link.recv(_NUMBER.size, socket.MSG_WAITALL))[0])


def start(
    args: Sequence[str],
    files: Sequence[int],
    *,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    login: int = NO_LOGIN,
) -> Forked:
    """Start ``yici …`` or ``-m module …`` with these standard files, and as a login (a user's id)."""
    link = socket.socket(socket.AF_UNIX)
    link.connect(_server())
    order = {"args": list(args), "env": dict(environment or os.environ), "cwd": str(cwd or Path.cwd()), "login": login}
    message = json.dumps(order).encode()
    socket.send_fds(link, [_NUMBER.pack(len(message))], list(files))
    link.sendall(message)
    return Forked(args, link)


@cache
def _server() -> str:
    """Return the address of this process's server, which ends with the process."""
    folder = tempfile.mkdtemp(prefix="yici-preloaded-")
    address = str(Path(folder) / "socket")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    command = [sys.executable, "-m", "tests.support.preloaded", str(listening.fileno()), folder]
    process = subprocess.Popen(command, pass_fds=[listening.fileno()], cwd=Path(__file__).parents[2])
    listening.close()

    def end() -> None:
        process.kill()
        process.wait()
        shutil.rmtree(folder)

    atexit.register(end)
    return address


def _serve(listening: socket.socket, folder: Path) -> None:
    """Answer each connection by a fork of its own, until killed."""
    former = dict(os.environ)
    prepare_environment(folder)
    prepared = dict(os.environ.items() - former.items())
    for name in _IMPORTED:
        __import__(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        link, _ = listening.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listening.close()
            _answer(link, prepared)
            os._exit(0)
        link.close()


def _answer(link: socket.socket, prepared: Mapping[str, str]) -> None:
    """Start one process, and send its id and its exit code."""
    length, files, _, _ = socket.recv_fds(link, _NUMBER.size, 3)
    order = json.loads(link.recv(_NUMBER.unpack(length)[0], socket.MSG_WAITALL))
    child = os.fork()
    if child:
        for number in files:
            os.close(number)
        with suppress(BrokenPipeError):  # the test has ended
            link.sendall(_NUMBER.pack(child))
            _, status = os.waitpid(child, 0)
            link.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))
        return
    os.setsid()
    for at, number in enumerate(files):
        os.dup2(number, at)
        os.close(number)
    link.close()
    for name in ("stdin", "stdout", "stderr"):  # the server's may be of files that can seek
        former = getattr(sys, name)
        text = {"encoding": former.encoding, "errors": former.errors, "closefd": False}
        fresh = os.fdopen(former.fileno(), former.mode, 1, **text)
        setattr(sys, name, fresh)
    _log_in(order["login"])
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"] | prepared)
    _run(order["args"])


def _run(args: list[str]) -> None:
    """Run this process to its end."""
    code: object = 1
    try:
        if args[0] == "-m":
            sys.argv = args[1:]
            runpy.run_module(args[1], run_name="__main__", alter_sys=True)
        else:
            from exchange.cli.main import main

            sys.argv, sys.modules["__main__"] = args, ModuleType("__main__")  # usage errors name both
            main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  # as an interpreter ends that a command raised in
        sys.excepthook(*sys.exc_info())
    finally:
        if isinstance(code, str):
            sys.stderr.write(f"{code}\n")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _log_in(login: int) -> None:
    """Set the login of this process, by a file if the kernel does not permit it."""
    from exchange.node import login as host

    with suppress(OSError):
        if int(host.LOGIN_UID.read_text()) != login:
            host.LOGIN_UID.write_text(str(login))
        if int(host.LOGIN_UID.read_text()) == login:
            return
    with tempfile.NamedTemporaryFile("w", prefix="loginuid-", delete=False) as fake:
        fake.write(str(login))
    host.LOGIN_UID = Path(fake.name)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
