"""The server process of an embedded PostgreSQL: whether it runs, what it leaves when it dies, where its socket is."""

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
"""Bytes in a socket's path: Linux allows 107, macOS 103."""
_KEPT = "socket.folder"  # names the folder that was made for the socket
_QUIT_SECONDS, _LOOK_SECONDS = 5.0, 0.02


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the server of a folder."""
    with (folder.parent / f".{folder.name}.lock").open("a") as lock:
        flock(lock, LOCK_EX)
        yield


def running(folder: Path) -> Path | None:
    """The folder of the socket of the server that runs on a folder; None if none does.

    A lock file alone proves nothing: after a crash, or a restart of the machine, its number may be another process's.
    """
    try:
        lines = (folder / _LOCK).read_text(encoding="utf-8").split("\n")
        pid, socket = int(lines[0]), lines[_SOCKET_LINE]
        return Path(socket) if _is_of(psutil.Process(pid), folder) else None
    except psutil.AccessDenied:  # a process that may not be looked at is taken for the server
        return Path(socket)
    except (OSError, ValueError, OverflowError, IndexError, psutil.NoSuchProcess):
        return None


def clear(folder: Path, socket: Path) -> None:
    """End what a server that died has left: backends that still hold its memory, its socket and its lock files.

    Only while no server runs on the folder, and with ``alone``.
    """
    left = _left(psutil.process_iter(), folder)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + _QUIT_SECONDS
        while (left := _left(left, folder)) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
    for path in (folder / _LOCK, socket / _SOCKET, socket / f"{_SOCKET}.lock"):
        path.unlink(missing_ok=True)


def socket_folder(folder: Path, owner: int) -> Path:
    """Where the server's socket belongs: in its own folder, or in one of mode 0700 where that path would be too long.

    The server trusts who reaches its socket, so nobody else may.

    Raises:
        StorageError: there is no place for it.
    """
    if _fits(folder):
        return folder
    kept = folder / _KEPT
    with suppress(OSError):
        found = Path(kept.read_text(encoding="utf-8"))
        if _is_private(found, owner):
            return found
    for place in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  # in it, a folder that only its owner enters
        if _fits(place / "yici-12345678"):
            made = Path(tempfile.mkdtemp(prefix="yici-", dir=place))
            os.chown(made, owner, -1)
            kept.write_text(str(made), encoding="utf-8")
            return made
    raise StorageError(f"{folder}: too long a path for PostgreSQL's socket, and so is that of the temporary folder")


def forget_socket(folder: Path, owner: int) -> None:
    """Remove the folder that was made for the socket, if one was."""
    kept = folder / _KEPT
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


def _left(processes: Iterable[psutil.Process], folder: Path) -> list[psutil.Process]:
    """Those of a folder's server, which run under this account or one that this may look at."""
    found = []
    for process in processes:
        with suppress(psutil.AccessDenied):
            if _is_of(process, folder):
                found.append(process)
    return found


def _is_of(process: psutil.Process, folder: Path) -> bool:
    """Whether a process is one of PostgreSQL's over a folder: each of them works in it."""
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.name() == "postgres" and Path(process.cwd()) == folder
    return False
