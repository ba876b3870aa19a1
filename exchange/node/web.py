"""The process of the HTTP server, with connections, descriptors and a database pool of its own."""

import asyncio
from contextlib import suppress

import structlog
import uvicorn

from exchange.metrics import flush, keep_flushing
from exchange.node.ports import listen
from exchange.node.process import Kind, Process
from exchange.node.visitors import guarded
from exchange.node.wiring.web import open_web

_PATIENCE_SECONDS = 5
log = structlog.get_logger(__name__)


async def serve(process: Process) -> None:
    """Serve pages until stopped."""
    node, limits = process.settings.node, process.settings.limits
    async with open_web(process.settings, process.database, process.writer) as web:
        listener = listen("node.http_port", node.http_host, node.http_port)
        config = uvicorn.Config(
            web.app, http=guarded(limits.connections_per_address), proxy_headers=False,
            log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=_PATIENCE_SECONDS,
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.capture_signals = suppress  # type: ignore[assignment,method-assign]  # the process handles the signals
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        process.tasks.start("register", web.watch.follow())
        process.tasks.start("metrics", keep_flushing())
        process.ready()
        log.info("web.serving", port=node.http_port)
        await process.stop.wait()
        server.should_exit = True
        await serving
        await process.tasks.close()
        flush()
    log.info("web.stopped")


WEB = Kind("web", serve, batch_policy=True)
