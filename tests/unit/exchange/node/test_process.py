"""Tests of node processes: they end with any of their tasks, with a reason that has no values."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from exchange.node.process import Kind, run
from exchange.settings import load_settings

async def fail():
    await asyncio.sleep(0)
    raise ValueError("11010519491231002X")

async def dies(process):
    process.tasks.start("register", fail())
    process.ready()
    os.write(2, b"E0000 a line of a library\\n")
    await process.stop.wait()

async def breaks(process):
    raise ValueError("11010519491231002X")

settings = load_settings(Path(sys.argv[1]))
sys.exit(run(Kind("test", {0}), settings, "postgresql://nowhere", Path("ledger.sock"), *map(int, sys.argv[2:])))
"""


def run(data: Path, serve: str) -> tuple[int, str, bytes]:
    """Run a process; return its exit code, standard error, and messages to its supervisor."""
    (data / "yici.toml").write_text("")
    reading, writing = os.pipe()
    life, held = os.pipe()
    program = PROGRAM.replace("{0}", serve)
    found = subprocess.run(
        [sys.executable, "-c", program, str(data), str(writing), str(life)],
        capture_output=True, text=True, pass_fds=[writing, life], timeout=60,
    )  # fmt: skip
    os.close(writing)
    told = os.read(reading, 100)
    for descriptor in (reading, life, held):
        os.close(descriptor)
    return found.returncode, found.stderr, told


def test_a_process_whose_task_died_ends_so_that_another_is_started(tmp_path: Path) -> None:
    code, said, told = run(tmp_path, "dies")
    assert (code, told) == (1, b"ready\n")
    events = {item["event"]: item for item in map(json.loads, said.splitlines())}
    assert (events["task.died"]["task"], events["task.died"]["error"]) == ("register", "ValueError")
    assert events["process.said"]["text"] == "E0000 a line of a library"
    assert "11010519491231002X" not in said


@pytest.mark.parametrize("serve", ["breaks"])
def test_a_process_that_fails_says_where_and_no_value(tmp_path: Path, serve: str) -> None:
    code, said, told = run(tmp_path, serve)
    assert (code, told) == (1, b"")
    assert said.startswith("yici test: failed (ValueError at <string>:")
    assert "11010519491231002X" not in said
