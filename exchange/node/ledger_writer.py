"""The ledger writer's process, which ends on SIGTERM or SIGINT after the workers."""

import gc

import structlog

from exchange.metrics import flush_tally, keep_flushing
from exchange.node.process import Kind, Process
from exchange.node.wiring.ledger_writer import open_ledger_writer
from registry.collector import tune_gc

log = structlog.get_logger(__name__)


async def serve(process: Process) -> None:
    """Write workers' entries until stopped; refuse an unknown schema and a ledger in doubt."""
    async with open_ledger_writer(process.settings, process.database, process.writer) as writer:
        ledger = writer.ledger
        tune_gc(process.settings.tuning.ledger_writer_gc)
        process.tasks.start("metrics", keep_flushing(lambda: flush_tally(ledger.tally())))
        process.ready()
        log.info("ledger_writer.writing", entries=ledger.head.size, gc=gc.get_threshold())
        await process.stop.wait()
        await writer.close(process.settings.limits.drain_seconds)
        await process.tasks.close()
        flush_tally(ledger.tally())
    log.info("ledger_writer.stopped")


LEDGER_WRITER = Kind("ledger_writer", serve)
