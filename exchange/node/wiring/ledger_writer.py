"""The wiring of the ledger writer's process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from exchange.node.wiring.folder import open_folder
from exchange.node.wiring.ledger import ledger_states
from exchange.settings import Settings
from registry.ledger.group_commit import Ledger
from registry.ledger.writer import LedgerWriter


@asynccontextmanager
async def open_ledger_writer(settings: Settings, url: str, socket: Path) -> AsyncIterator[LedgerWriter]:
    """Open the ledger at ``url`` and its writer on ``socket``; who uses the writer closes it.

    Raises:
        RegistryError: the schema is unknown, or the ledger is in doubt.
    """
    async with open_folder(settings, url) as folder:
        signers = folder.vault.ledger_signers(await ledger_states(folder.database))
    ledger = Ledger(url, signers, folder.vault.ledger_keys(), folder.published)
    await ledger.open()
    try:
        writer = LedgerWriter(ledger, socket)
        await writer.open()
        yield writer
    finally:
        await ledger.close()
