"""Tests of logs: write errors stop nothing, and messages of libraries are logged without values."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from exchange.logs import Lines, configure_logs, log_line, log_loop
from exchange.node.stderr import captured
from exchange.settings import NodeSettings


@pytest.fixture(autouse=True)
def _former() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_unwritable_log_lines_are_dropped_and_counted() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    lines = Lines(writing)
    for number in range(5_000):  # the pipe is full and not read: no line waits
        lines.msg(json.dumps({"number": number, "text": "…" * 20}))
    said = os.read(reading, 1 << 20).decode().splitlines()
    written = len(said)
    assert [json.loads(line)["number"] for line in said] == list(range(written))
    assert written < 5_000
    lines.msg("here again")
    lost, last = os.read(reading, 1 << 20).decode().splitlines()
    assert (json.loads(lost), last) == ({"event": "log.lost", "lines": 5_000 - written}, "here again")
    os.close(reading)
    lines.msg("to no one")
    os.close(writing)
    lines.msg("nowhere")


def test_a_line_that_was_cut_is_ended_before_the_next() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    lines = Lines(writing)
    lines.msg("x" * 100_000)
    while True:
        try:
            os.read(reading, 1 << 20)
        except BlockingIOError:
            break
    lines.msg("whole")
    ended, lost, last = os.read(reading, 1 << 20).decode().splitlines()
    assert (ended, json.loads(lost)["lines"], last) == ("", 1, "whole")
    os.close(reading)
    os.close(writing)


def test_each_lost_line_is_counted_once_though_the_next_is_cut_too() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    lines = Lines(writing)
    said = b""
    for _ in range(3):
        lines.msg("x" * 100_000)
        with suppress(BlockingIOError):
            while True:
                said += os.read(reading, 1 << 20)
    lines.msg("whole")
    said += os.read(reading, 1 << 20)
    told = [json.loads(line)["lines"] for line in said.splitlines() if b"log.lost" in line]
    assert (told, said.splitlines()[-1]) == ([1, 1, 1], b"whole")
    os.close(reading)
    os.close(writing)


class _Room:
    """Polls as ``select.poll`` does, which refuses a second thread meanwhile."""

    def __init__(self) -> None:
        self._polling = False

    def poll(self, _seconds: int) -> bool:
        """Take a moment."""
        if self._polling:
            raise RuntimeError("concurrent poll() invocation")
        self._polling = True
        time.sleep(0.001)
        self._polling = False
        return True


def test_threads_may_log_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    lines = Lines(writing)
    monkeypatch.setattr(lines, "_room", _Room())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lines.msg, map(str, range(40))))
    assert sorted(map(int, os.read(reading, 1 << 16).split())) == list(range(40))
    os.close(reading)
    os.close(writing)


def test_a_full_disk_stops_no_one_who_logs() -> None:
    with Path("/dev/full").open("wb") as full:
        configure_logs(NodeSettings(), full.fileno())
        structlog.get_logger("test").error("register.in_doubt", error="StorageError", odd="\udc80")
        logging.getLogger("asyncpg").error("cannot be told")


async def test_messages_of_libraries_are_logged_without_values(tmp_path: Path) -> None:
    async def fail() -> None:
        raise ValueError("11010519491231002X")

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(log_loop)
        asyncio.get_running_loop().create_future().set_exception(ValueError("11010519491231002X"))
        asyncio.get_running_loop().call_soon(lambda name: 1 // len(name), "")
        await asyncio.sleep(0.01)

    with (tmp_path / "log").open("wb") as file:
        configure_logs(NodeSettings(), file.fileno())
        logging.getLogger("asyncpg").warning(
            "a value %s\nand more", "11010519491231002X", exc_info=ValueError("11010519491231002X")
        )
        logging.getLogger("httpx").info("HTTP Request: 11010519491231002X")
        await run()
    said = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [(item["event"], item["text"].partition(" test_")[0], item["error"]) for item in said] == [
        ("library.said", "a value %s", "ValueError"),
        ("loop.failed", "Future exception was never retrieved", "ValueError"),
        ("loop.failed", "Exception in callback", "ZeroDivisionError"),
    ]
    assert "11010519491231002X" not in (tmp_path / "log").read_text()


def test_other_writes_to_standard_error_become_lines_of_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with captured(log_line) as descriptor:
        configure_logs(NodeSettings(), descriptor)
        os.write(2, b"E0000 ssl_transport_security.cc:2563] Handshake failed\n")
        os.write(2, "whole at the end \u4dae\n".encode())
        structlog.get_logger("test").info("worker.serving")
    os.write(2, b"plain again\n")
    said = capfd.readouterr().err.splitlines()
    assert said.pop() == "plain again"
    assert {json.loads(line).get("text", "worker") for line in said} == {
        "E0000 ssl_transport_security.cc:2563] Handshake failed", "whole at the end \u4dae", "worker",
    }  # fmt: skip
