"""The server process of an embedded PostgreSQL: its state, the remains of a crash, and its socket."""

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path

import psutil

from registry.errors import StorageError

_LOCK = "postmaster.pid"
_SOCKET_LINE = 4
_SOCKET = ".s.PGSQL.5432"
_MAX_SOCKET = 100
"""The longest path of a socket in bytes: Linux allows 107, macOS 103."""
_SOCKET_FOLDER_FILE = "socket.folder"  # names the folder created for the socket
_QUIT_SECONDS, _LOOK_SECONDS = 5.0, 0.02


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Exclude other processes from starting or stopping the server of a folder."""
    with (folder.parent / f".{folder.name}.lock").open("a") as lock:
        flock(lock, LOCK_EX)
        yield


def running(folder: Path) -> Path | None:
    """Return the folder of the socket of a folder's running server; None if none runs.

    A lock file alone proves nothing: after a crash or restart of the machine, its number may be another process's.
    """
    try:
        lines = (folder / _LOCK).read_text(encoding="utf-8").split("\n")
        pid, socket = int(lines[0]), lines[_SOCKET_LINE]
        return Path(socket) if _is_server_process(psutil.Process(pid), folder) else None
    except psutil.AccessDenied:  # an inaccessible process counts as the server
        return Path(socket)
    except (OSError, ValueError, OverflowError, IndexError, psutil.NoSuchProcess):
        return None


def clear(folder: Path, socket: Path) -> None:
    """Remove what a crashed server left: backends that hold its memory, its socket and its lock files.

    Call it only if no server runs on the folder, within ``alone``.
    """
    left = _server_processes(psutil.process_iter(), folder)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + _QUIT_SECONDS
        while (left := _server_processes(left, folder)) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
    for path in (folder / _LOCK, socket / _SOCKET, socket / f"{_SOCKET}.lock"):
        path.unlink(missing_ok=True)


def socket_folder(folder: Path, owner: int) -> Path:
    """Return the folder of the server's socket: its own, or a private one if that path is too long.

    The server trusts every account that can reach its socket, so only its owner may.

    Raises:
        StorageError: no suitable folder can be created.
    """
    if _fits(folder):
        return folder
    kept = folder / _SOCKET_FOLDER_FILE
    with suppress(OSError):
        found = Path(kept.read_text(encoding="utf-8"))
        if _is_private(found, owner):
            return found
    for place in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  # for a folder of mode 0700
        if _fits(place / "yici-12345678"):
            made = Path(tempfile.mkdtemp(prefix="yici-", dir=place))
            os.chown(made, owner, -1)
            kept.write_text(str(made), encoding="utf-8")
            return made
    raise StorageError(f"{folder}: too long a path for PostgreSQL's socket, and so is that of the temporary folder")


def forget_socket(folder: Path, owner: int) -> None:
    """Remove the folder that was created for the socket, if any."""
    kept = folder / _SOCKET_FOLDER_FILE
    with suppress(OSError):
        found = Path(kept.read_text(encoding="utf-8"))
        if _is_private(found, owner):
            shutil.rmtree(found, ignore_errors=True)
        kept.unlink()


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / _SOCKET)) <= _MAX_SOCKET


def _is_private(folder: Path, owner: int) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & 0o077


def _server_processes(processes: Iterable[psutil.Process], folder: Path) -> list[psutil.Process]:
    """Return the processes of a folder's server that this account can inspect."""
    found = []
    for process in processes:
        with suppress(psutil.AccessDenied):
            if _is_server_process(process, folder):
                found.append(process)
    return found


def _is_server_process(process: psutil.Process, folder: Path) -> bool:
    """Return whether a process is a PostgreSQL process of a folder, which is its working directory."""
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.name() == "postgres" and Path(process.cwd()) == folder
    return False
