"""A worker process: an event loop, a node and a gRPC server; stops gracefully on SIGTERM or SIGINT."""

import asyncio
import gc

import structlog

from exchange.metrics import flush, keep_flushing
from exchange.node.counting import keep_reading
from exchange.node.process import Kind, Process
from exchange.node.source_health import keep_watching
from exchange.node.wiring.worker import open_worker
from exchange.telemetry import configure_telemetry
from registry.collector import tune_gc

log = structlog.get_logger(__name__)


async def serve(process: Process) -> None:
    """Answer calls until stopped."""
    configure_telemetry(process.settings.telemetry)
    async with open_worker(process.settings, process.database, process.writer) as worker:
        server, sources = worker.server, worker.sources
        await server.start()
        tune_gc(process.settings.tuning.worker_gc)
        process.tasks.start("register", worker.watch.follow())
        process.tasks.start("health", server.keep_telling_health())
        process.tasks.start("metrics", keep_flushing())
        process.tasks.start("sources", keep_watching(sources.by_dataset, sources.changed, worker.datasets))
        process.tasks.start("descriptions", sources.keep_current())
        process.tasks.start("counts", keep_reading(sources.by_dataset, worker.counts))
        process.tasks.start("sockets", server.sockets.keep_bounded())
        process.ready()
        loop = asyncio.get_running_loop()
        log.info("worker.serving", port=server.port, event_loop=type(loop).__name__, gc=gc.get_threshold())
        await process.stop.wait()
        log.info("worker.draining")
        await server.drain()
        await process.tasks.close()
        flush()
    log.info("worker.stopped")


WORKER = Kind("worker", serve, batch_policy=True)
