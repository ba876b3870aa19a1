"""The scribe's process: writes the ledger for the node's workers; ends on SIGTERM or SIGINT, when they have ended."""

import structlog

from exchange.metrics import flush_tally, keep_flushing
from exchange.node.process import Process, run
from exchange.node.registrars import ledger_states
from exchange.paths import published
from exchange.pki.authority import Vault
from registry.collector import tune_gc
from registry.database import Database
from registry.ledger.scribe import Scribe
from registry.ledger.writer import Ledger

log = structlog.get_logger(__name__)


async def serve(process: Process) -> None:
    """Write what workers bring until told to stop; refuses an unknown schema and a ledger in doubt."""
    vault = Vault.of(process.settings)
    database = Database(process.database)
    await database.require_current_schema()
    signers = vault.ledger_signers(await ledger_states(database))
    await database.close()
    ledger = Ledger(process.database, signers, vault.ledger_keys(), published(process.settings))
    await ledger.open()
    scribe = Scribe(ledger, process.scribe)
    await scribe.open()
    tune_gc()
    process.tasks.start("metrics", keep_flushing(lambda: flush_tally(ledger.tally())))
    process.ready()
    log.info("scribe.writing", entries=ledger.head.size)
    await process.stop.wait()
    await scribe.close(process.settings.limits.drain_seconds)
    await process.tasks.close()
    flush_tally(ledger.tally())
    await ledger.close()
    log.info("scribe.stopped")


if __name__ == "__main__":
    run("ledger_writer", serve)
