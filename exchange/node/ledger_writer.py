"""The ledger writer's process, which ends on SIGTERM or SIGINT after the workers."""

import gc

import structlog

from exchange.metrics import flush_tally, keep_flushing
from exchange.node.process import Process, run
from exchange.node.wiring.ledger import ledger_states
from exchange.paths import published
from exchange.pki.key_vault import KeyVault
from registry.collector import tune_gc
from registry.database import Database
from registry.ledger.group_commit import Ledger
from registry.ledger.writer import LedgerWriter

log = structlog.get_logger(__name__)


async def serve(process: Process) -> None:
    """Write workers' entries until stopped; refuse an unknown schema and a ledger in doubt."""
    vault = KeyVault.of(process.settings)
    database = Database(process.database)
    await database.require_current_schema()
    signers = vault.ledger_signers(await ledger_states(database))
    await database.close()
    ledger = Ledger(process.database, signers, vault.ledger_keys(), published(process.settings))
    await ledger.open()
    writer = LedgerWriter(ledger, process.writer)
    await writer.open()
    tune_gc(process.settings.tuning.ledger_writer_gc)
    process.tasks.start("metrics", keep_flushing(lambda: flush_tally(ledger.tally())))
    process.ready()
    log.info("ledger_writer.writing", entries=ledger.head.size, gc=gc.get_threshold())
    await process.stop.wait()
    await writer.close(process.settings.limits.drain_seconds)
    await process.tasks.close()
    flush_tally(ledger.tally())
    await ledger.close()
    log.info("ledger_writer.stopped")


if __name__ == "__main__":
    run("ledger_writer", serve)
