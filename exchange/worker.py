"""A worker process: one event loop, one node, one gRPC server; ends gracefully on SIGTERM or SIGINT.

Run by the supervisor: ``python -m exchange.worker <data folder> <descriptor>``; the database is in the environment.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import structlog
import uvloop

from exchange.bootstrap import Node
from exchange.logs import configure_logs
from exchange.metrics import flush, keep_flushing
from exchange.server import Server
from exchange.settings import load_settings
from exchange.storage import READY
from exchange.telemetry import configure_telemetry
from registry.collector import calm_collector
from registry.errors import RegistryError

log = structlog.get_logger(__name__)


async def run(data: Path, url: str, ready: int) -> None:
    """Serve until told to stop; write to the descriptor ``ready`` once calls are accepted."""
    settings = load_settings(data)
    configure_logs(settings.node)
    configure_telemetry(settings.telemetry)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    node = Node(settings, url)
    await node.open()
    server = Server(node)
    await server.start()
    calm_collector()
    flushing = asyncio.create_task(keep_flushing())
    os.write(ready, READY)
    os.close(ready)
    log.info("worker.serving", port=server.port)
    await stop.wait()
    log.info("worker.draining")
    await server.drain()
    flushing.cancel()
    flush()
    await node.close()
    log.info("worker.stopped")


def main() -> None:
    """Entry of the process; exit code 1 with one line on standard error if it cannot start."""
    data, ready = Path(sys.argv[1]), int(sys.argv[2])
    try:
        uvloop.run(run(data, os.environ["YICI_DATABASE_URL"], ready))
    except (RegistryError, OSError) as error:
        sys.exit(f"yici worker: {error}")


if __name__ == "__main__":
    main()
