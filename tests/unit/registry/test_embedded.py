"""Tests of the embedded PostgreSQL: start and stop after any kind of crash."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from registry.embedded import EmbeddedPostgres
from registry.postmaster import forget_socket, socket_folder


@pytest.mark.parametrize("left", ["", "4194303999\n/somewhere\n", "-\n"])
def test_the_remains_of_a_crash_are_not_a_running_server(tmp_path: Path, left: str) -> None:
    (tmp_path / "postmaster.pid").write_text(left)
    assert EmbeddedPostgres(tmp_path).stop() is False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    found = EmbeddedPostgres(tmp_path / "data")
    found.start()
    yield found
    found.stop()


def _postmaster(server: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((server.folder / "postmaster.pid").read_text().split("\n")[0]))


def _processes(server: EmbeddedPostgres) -> set[int]:
    found = set()
    for item in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):  # or a zombie
            if item.name() == "postgres" and item.cwd() == str(server.folder):
                found.add(item.pid)
    return found


async def test_a_server_restarts_after_its_postmaster_was_killed(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    await connection.execute("CREATE TABLE t (x int); INSERT INTO t VALUES (1)")
    busy = await asyncpg.connect(server.url("postgres"))
    work = asyncio.create_task(busy.execute("SELECT count(*) FROM generate_series(1, 1e12::bigint)"))
    await asyncio.sleep(0.5)
    before = _processes(server)
    _postmaster(server).kill()
    while server.is_running():
        await asyncio.sleep(0.05)
    assert _processes(server)  # a backend that is busy does not see that its server is gone
    await asyncio.to_thread(server.start)
    assert not before & _processes(server)
    again = await asyncpg.connect(server.url("postgres"))
    assert await again.fetchval("SELECT x FROM t") == 1
    await again.close()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    for gone in (connection, busy):
        gone.terminate()


@pytest.mark.parametrize("left", ["", "{pid}\n", "{pid}\n{folder}\n1\n5432\n{folder}\n\n  1  2\nready\n"])
def test_a_lock_file_that_names_another_process_is_no_running_server(server: EmbeddedPostgres, left: str) -> None:
    server.stop()
    sleeper = subprocess.Popen(["sleep", "60"], cwd="/")
    try:
        (server.folder / "postmaster.pid").write_text(left.format(pid=sleeper.pid, folder=server.folder))
        assert not server.is_running()
        server.start()
        assert server.is_running()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_the_socket_of_a_folder_with_a_long_path_is_private(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 30) / "data")
    server.start()
    try:
        socket = Path(server.url("x").partition("host=")[2])
        owner = server.folder.stat().st_uid
        for folder in (socket, server.folder):
            assert (folder.stat().st_mode & 0o777, folder.stat().st_uid) == (0o700, owner)
        former = server.url("x")
        _postmaster(server).kill()
        while server.is_running():
            time.sleep(0.05)
        server.start()
        assert server.url("x") == former  # who is connected by this URL finds it again
    finally:
        server.stop()
    assert not socket.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="another account is taken on as root")
@pytest.mark.parametrize("depth", [1, 30])
def test_no_other_account_of_the_machine_reaches_the_server(tmp_path: Path, depth: int) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * depth) / "data")
    server.start()
    try:
        socket = Path(server.url("x").partition("host=")[2])
        for opened in (0o700, 0o777):  # with an open folder, the server still refuses
            socket.chmod(opened)
            program = f"{_NOBODY}; s.connect({str(socket / '.s.PGSQL.5432')!r}); {_HELLO}"
            found = subprocess.run([sys.executable, "-c", program], capture_output=True)
            assert b"AuthenticationOk" not in found.stdout
            assert (b"PermissionError" in found.stderr) or (b"peer authentication failed" in found.stdout.lower()), (
                found
            )
            socket.chmod(0o700)
    finally:
        server.stop()


@pytest.mark.parametrize("wrong", ["open", "link", "file", "gone", "another's"])
def test_a_socket_folder_that_others_can_enter_is_not_used(tmp_path: Path, wrong: str) -> None:
    data = tmp_path / ("long" * 30)
    data.mkdir()
    owner, named, inside = os.geteuid(), tmp_path / "named", tmp_path / "inside"
    inside.mkdir(mode=0o700)
    if wrong == "link":
        named.symlink_to(inside)
    elif wrong == "file":
        named.touch(0o600)
    elif wrong != "gone":
        named.mkdir(mode=0o700)
        named.chmod(0o710 if wrong == "open" else 0o700)
    if wrong == "another's":
        owner += 1
    (data / "socket.folder").write_text(str(named))
    if wrong == "another's" and os.geteuid():
        pytest.skip("root alone makes folders of other accounts")
    found = socket_folder(data, owner)
    try:
        assert found not in (named, inside)
        assert (found.stat().st_mode & 0o777, found.stat().st_uid) == (0o700, owner)
        assert socket_folder(data, owner) == found
        (data / "socket.folder").write_text(str(named))
        forget_socket(data, owner)
        assert (named.exists(), inside.exists()) == (wrong != "gone", True)
    finally:
        shutil.rmtree(found)


_NOBODY = "import os, socket; s = socket.socket(socket.AF_UNIX); os.setgroups([]); os.setgid(65534); os.setuid(65534)"
_HELLO = (
    "body = (196608).to_bytes(4, 'big') + b'user\\0postgres\\0database\\0postgres\\0\\0'; "
    "s.sendall((len(body) + 4).to_bytes(4, 'big') + body); answer = s.recv(4096); "
    "print('AuthenticationOk' if answer[:1] == b'R' and answer[5:9] == bytes(4) else answer.decode('utf-8', 'replace'))"
)
