"""Recording of entries directly in the database, for processes with the ledger's keys."""

import asyncio
from collections.abc import Sequence

from registry.connection import DATABASE_ERRORS
from registry.database import Database
from registry.errors import LedgerError, StorageError
from registry.ledger.append import Appended
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Draft
from registry.ledger.recorder import HandedOverError, Recorder


class DirectLedger(Recorder):
    """A ``Recorder`` by an appender; each write has its own connection and transaction."""

    def __init__(self, database: Database, appender: TransactionalAppender) -> None:
        self._database = database
        self._appender = appender
        self._turn = asyncio.Lock()

    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Append entries; see ``Recorder``."""
        writing = asyncio.create_task(self._write(drafts))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            raise HandedOverError(writing) from None

    async def _write(self, drafts: Sequence[Draft]) -> list[str]:
        try:
            async with self._turn:
                appended = await self._append(drafts)
        except (*DATABASE_ERRORS, StorageError) as error:
            raise LedgerError("ledger: the database does not answer, so nothing is recorded") from error
        return [appended.receipt(at) for at in range(len(drafts))]

    async def _append(self, drafts: Sequence[Draft]) -> Appended:
        connection = await self._database.dedicated()
        try:
            async with connection.transaction():
                return await self._appender.append(connection, drafts)
        finally:
            await connection.close()
