"""A small supervisor whose processes only report, for tests of the fork server.

``python -m tests.support.forked <function>`` prints what the function returns, as JSON. It runs apart from pytest,
whose process has threads.
"""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchange.node import child
from exchange.node.child import Child, stop_all
from exchange.node.forkserver import Forkserver, forkserver
from exchange.node.reports import BEAT, READY
from registry.errors import StorageError


def beats(reports: int, _: int) -> int:
    os.write(reports, READY)
    while True:
        os.write(reports, BEAT)
        time.sleep(0.05)


def fails(_: int, __: int) -> int:
    return 7


def tells(reports: int, parent_alive: int) -> int:
    """Write what the process is like to standard output, and end with the supervisor."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    descriptors = {int(path.name) for path in Path("/proc/self/fd").iterdir() if path.exists()}
    found = {
        "signals": [signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler) for number in numbers],
        "wakes": signal.set_wakeup_fd(-1),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "descriptors": sorted(descriptors - {0, 1, 2, reports, parent_alive}),
        "random": random.random(),
        "pid": os.getpid(),
    }
    print(json.dumps(found), flush=True)
    os.write(reports, READY)
    os.read(parent_alive, 1)
    return 0


async def hangs(forks: Forkserver) -> Any:
    """Return how a process that stops and one that beats end."""
    child._LISTEN_SECONDS = 0.3
    found: list[int | None] = []
    for stops in (True, False):
        one = Child("beats", forks)
        await one.start()
        run = one.running
        assert run
        assert run.pid
        if stops:
            os.kill(run.pid, signal.SIGSTOP)
        try:
            found.append(await asyncio.wait_for(one.ended(run), 3))
        except TimeoutError:
            found.append(None)
            await stop_all([one], 5)
            found.append(run.ended.result())
    return found


async def refuses(forks: Forkserver) -> Any:
    """Return the error of a process that does not start."""
    try:
        await Child("fails", forks).start()
    except StorageError as error:
        return str(error)


async def restarts(forks: Forkserver) -> Any:
    """Kill a process often; return how many different ones there were."""
    child._RESTART_SECONDS = (0.01, 0.01)
    one = Child("beats", forks)
    await one.start()
    keeping = asyncio.create_task(one.keep_running())
    pids: list[int | None] = []
    for _ in range(200):
        while one.running is None or not one.running.serving.is_set():
            await asyncio.sleep(0.001)
        pids.append(one.running.pid)
        one.running.send(signal.SIGKILL)
        await one.running.ended
        assert not keeping.done()
    keeping.cancel()
    return len(set(pids))


async def inherits(forks: Forkserver) -> Any:
    """Start two processes that tell what they are like."""
    children = [Child("tells", forks) for _ in range(2)]
    for one in children:
        await one.start()
    return "started"


async def waits(forks: Forkserver) -> Any:
    """Start a process that tells what it is like, and wait for ever."""
    await Child("tells", forks).start()
    await asyncio.Event().wait()


async def loses(forks: Forkserver) -> Any:
    """Kill the fork server; return whether a process goes on, and how it and the next one end."""
    one = Child("beats", forks)
    await one.start()
    assert one.running
    forks.kill()
    await asyncio.wait_for(forks.ended(), 5)
    goes_on = one.running is not None
    await stop_all([one], 5)
    try:
        await Child("beats", forks).start()
    except OSError as error:
        return [goes_on, one.running is None, type(error).__name__]


async def sticks(forks: Forkserver) -> Any:
    """Stop the fork server, and kill a process; return how that ends, and the next one."""
    child._LISTEN_SECONDS = child._START_SECONDS = child._REPORT_SECONDS = 0.3
    killed, late = Child("beats", forks), Child("beats", forks)
    await killed.start()
    assert killed.running
    os.kill(forks._pid, signal.SIGSTOP)
    starting = asyncio.create_task(late.start())
    killed.running.send(signal.SIGKILL)
    code = await asyncio.wait_for(killed.ended(killed.running), 5)
    await asyncio.wait_for(forks.ended(), 5)
    error = (await asyncio.gather(starting, return_exceptions=True))[0]
    return [code, type(error).__name__]


async def leaves(forks: Forkserver) -> Any:
    """Stop the fork server, and end."""
    os.kill(forks._pid, signal.SIGSTOP)
    return "ended"


FUNCTIONS: dict[str, Callable[[Forkserver], Any]] = {
    function.__name__: function for function in (hangs, refuses, restarts, inherits, waits, loses, sticks, leaves)
}

if __name__ == "__main__":
    assert threading.active_count() == 1
    with (
        tempfile.TemporaryDirectory() as metrics,
        forkserver({"beats": beats, "fails": fails, "tells": tells}) as started,
    ):
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        print(json.dumps(asyncio.run(FUNCTIONS[sys.argv[1]](started))), flush=True)
