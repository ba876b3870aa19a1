"""A PgBouncer before a PostgreSQL, for tests behind a pooler."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

_START_SECONDS = 10.0


@contextmanager
def pgbouncer(url: str, folder: Path, mode: str = "transaction", size: int = 3, **options: str) -> Iterator[str]:
    """Run a PgBouncer with this ``pool_mode`` and ``size`` connections; yield a URL of the same database."""
    if shutil.which("pgbouncer") is None:
        pytest.skip("no PgBouncer: apt-get install pgbouncer")
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "any", "pool_mode": mode,
        "default_pool_size": size, "max_client_conn": 400, "server_round_robin": 1, **options,
    }  # fmt: skip
    path = folder / f"pgbouncer-{port}.ini"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    path.write_text(f"[databases]\n* = host={host} user=postgres\n[pgbouncer]\n" + "\n".join(lines) + "\n")
    owner = Path(host).owner()  # PgBouncer refuses to run as root, and the server's account can open the socket
    path.chmod(0o644)
    command = ["pgbouncer", "-q", "/dev/stdin"]
    if owner != Path.home().owner():
        command = ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups", *command]
    with path.open() as stdin, (folder / f"pgbouncer-{port}.log").open("w") as log:
        process = subprocess.Popen(command, stdin=stdin, stdout=log, stderr=log, cwd="/")
    try:
        _wait(process, port)
        yield f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("PgBouncer does not start")
