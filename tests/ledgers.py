"""Ledgers that tests write themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from keys.notes import NoteSigner
from registry.ledger.writer import Ledger


@asynccontextmanager
async def ledger(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Ledger]:
    """An open ledger on a database, signed by one key; its checkpoint is published into the folder."""
    found = Ledger(url, [signer], [signer.key], folder / "checkpoint")
    await found.open()
    try:
        yield found
    finally:
        await found.close()
