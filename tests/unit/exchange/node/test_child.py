"""Tests of the node's processes: one that hangs is restarted like one that ended."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from exchange.node import child
from exchange.node.child import Child

BEATS = "import os, sys, time\nwhile True:\n    os.write(int(sys.argv[1]), b'.')\n    time.sleep(0.05)"


async def ended(*, hangs: bool) -> int | None:
    """Return how a process with a heartbeat ends; None if it keeps running."""
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BEATS, str(write), pass_fds=[write])
    os.close(write)
    await asyncio.to_thread(os.read, read, 1)
    os.set_blocking(read, False)
    found = Child("worker 0", Path(), {}, 0)
    found._beats = read
    if hangs:
        process.send_signal(signal.SIGSTOP)
    try:
        return await asyncio.wait_for(found.ended(process), 3)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(("hangs", "code"), [(True, -signal.SIGKILL), (False, None)])
async def test_only_a_hanging_process_is_killed(
    *, hangs: bool, code: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_LISTEN_SECONDS", 0.3)
    assert await ended(hangs=hangs) == code
