"""Tests of the supervisor: hanging processes are restarted like ended ones."""

import asyncio
import os
import signal
import sys

import pytest

from exchange.node import supervisor
from exchange.node.supervisor import Supervisor

BEATS = "import os, sys, time\nwhile True:\n    os.write(int(sys.argv[1]), b'.')\n    time.sleep(0.05)"


async def ended(*, hangs: bool) -> int | None:
    """Return how a process with a heartbeat ends; None if it keeps running."""
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BEATS, str(write), pass_fds=[write])
    os.close(write)
    await asyncio.to_thread(os.read, read, 1)
    os.set_blocking(read, False)
    found = Supervisor.__new__(Supervisor)
    found._processes, found._beats = {"worker 0": process}, {"worker 0": read}
    if hangs:
        process.send_signal(signal.SIGSTOP)
    try:
        return await asyncio.wait_for(found._ended("worker 0"), 3)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(("hangs", "code"), [(True, -signal.SIGKILL), (False, None)])
def test_only_a_hanging_process_is_killed(*, hangs: bool, code: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_LISTEN_SECONDS", 0.3)
    assert asyncio.run(ended(hangs=hangs)) == code
