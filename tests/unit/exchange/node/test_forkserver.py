"""Tests of the node's processes as the supervisor starts, watches and ends them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]


def start(function: str) -> subprocess.Popen[str]:
    """Start a supervisor of tests/support/forked.py."""
    command = [sys.executable, "-m", "tests.support.forked", function]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def run(function: str) -> list[Any]:
    """Return what a supervisor and its processes print."""
    process = start(function)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return [json.loads(line) for line in said.splitlines() if line.startswith(("{", "[", '"')) or line.isdigit()]


def test_only_a_hanging_process_is_killed() -> None:
    assert run("hangs")[-1] == [-9, None, -15]


def test_a_process_that_does_not_start_is_an_error_with_its_exit_code() -> None:
    assert run("refuses") == ["a fails did not start (exit code 7); see above"]


def test_a_killed_process_is_forked_again_each_time() -> None:
    assert run("restarts")[-1] == 200


def test_a_forked_process_inherits_no_state_of_another() -> None:
    *processes, started = run("inherits")
    assert started == "started"
    for found in processes:
        assert all(found["signals"])
        assert (found["wakes"], found["threads"], found["descriptors"]) == (-1, 1, [])
    assert len({found["random"] for found in processes}) == 2


def test_processes_end_with_a_killed_supervisor() -> None:
    with start("waits") as supervisor:
        assert supervisor.stdout
        pid = json.loads(supervisor.stdout.readline())["pid"]
        os.kill(pid, 0)
        supervisor.kill()
        assert supervisor.stdout.read() == ""  # the last process that could write has ended


def test_processes_outlive_a_killed_fork_server_until_they_are_stopped() -> None:
    assert run("loses")[-1] == [True, True, "BrokenPipeError"]


def test_a_hanging_fork_server_is_killed_when_a_process_ends() -> None:
    assert run("sticks") == [[None, "StorageError"]]


def test_a_supervisor_ends_with_a_fork_server_that_hangs() -> None:
    assert run("leaves") == ["ended"]
