"""Runs ``yici`` as a separate process, and returns its exit code and output.

Starting an interpreter and importing the node's packages takes most of a command's time. One server process of the
tests imports most packages once and forks for each command; the fork imports the command line, which reads its
language then.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType

from exchange.node import login as host

BIN = Path(sys.executable).parent
_IMPORTED = (
    "exchange.node.wiring.host", "exchange.node.wiring.registers", "registry.loading",
    "asyncpg", "cryptography.x509", "markdown_it", "orjson", "pydantic_settings", "psutil", "rich._emoji_codes", "rich.progress", "rich.table",
    "rich.traceback", "sqlalchemy.dialects.postgresql", "sqlalchemy.ext.asyncio", "structlog", "typer.rich_utils", "yaml",
)  # fmt: skip
_SECONDS = 300.0
_NO_LOGIN = 2**32 - 1


def run(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    login: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``yici`` with arguments; an argument may be bytes that are no UTF-8.

    With ``login``, a user's id, as that login; else as an account of which the host does not know who uses it.

    Raises:
        TimeoutExpired: it takes longer than five minutes.
    """
    command = [os.fsdecode(item) if isinstance(item, bytes) else str(item) for item in arguments]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(_server())
            server.settimeout(_SECONDS)
            order = {"argv": command, "env": dict(environment or os.environ), "cwd": str(cwd or Path.cwd())}
            order["login"] = _NO_LOGIN if login is None else login
            files = [item.fileno() for item in (given, out, err)]
            message = json.dumps(order).encode()
            socket.send_fds(server, [len(message).to_bytes(4)], files)
            server.sendall(message)
            try:
                code = int(server.makefile().readline())
            except TimeoutError as error:
                raise subprocess.TimeoutExpired(command, _SECONDS) from error
        texts = []
        for printed in (out, err):
            printed.seek(0)
            texts.append(printed.read().decode(errors="replace"))
    return subprocess.CompletedProcess(["yici", *command], code, *texts)


@cache
def _server() -> str:
    """Return the address of this process's server, which ends with the process."""
    folder = tempfile.mkdtemp(prefix="yici-terminal-")
    address = str(Path(folder) / "socket")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    command = [sys.executable, "-m", "tests.support.terminal", str(listening.fileno())]
    process = subprocess.Popen(command, pass_fds=[listening.fileno()], cwd=Path(__file__).parents[2])
    listening.close()

    def end() -> None:
        process.kill()
        process.wait()
        Path(address).unlink()
        Path(folder).rmdir()

    atexit.register(end)
    return address


def _serve(listening: socket.socket) -> None:
    """Answer each connection by a fork of its own, until killed."""
    for name in _IMPORTED:
        __import__(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listening.close()
            _answer(connection)
            os._exit(0)
        connection.close()


def _answer(connection: socket.socket) -> None:
    """Run one command in a child, and send its exit code; end it when the client disconnects."""
    length, files, _, _ = socket.recv_fds(connection, 4, 3)
    order = json.loads(connection.makefile("rb").read(int.from_bytes(length)))
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        return
    os.setsid()
    for at, number in enumerate(files):
        os.dup2(number, at)
    connection.close()
    _log_in(order["login"])
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv, sys.modules["__main__"] = ["yici", *order["argv"]], ModuleType("__main__")  # usage errors name both
    code: object = 1
    try:
        from exchange.cli.main import main

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
    with suppress(OSError):
        if int(host.LOGIN_UID.read_text()) != login:
            host.LOGIN_UID.write_text(str(login))
        if int(host.LOGIN_UID.read_text()) == login:
            return
    with tempfile.NamedTemporaryFile("w", prefix="loginuid-", delete=False) as fake:
        fake.write(str(login))
    host.LOGIN_UID = Path(fake.name)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
