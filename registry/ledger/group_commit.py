"""Group commits: entries that arrive while one commit is in flight share the next one.

An entry's receipt is returned only after the commit of its batch. If the connection breaks during a commit, the
database is queried for the batch before callers get a result.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from keys.notes import NoteKey, NoteSigner
from registry.connection import DATABASE_ERRORS, connect
from registry.errors import LedgerError, StorageError
from registry.ledger.append import COPY_FROM, Appended, Head, append, try_append
from registry.ledger.clock import Now, time_after, utc_now
from registry.ledger.consistency import check_head, read_published
from registry.ledger.leaf import Draft
from registry.ledger.partitions import begins_partition
from registry.ledger.publishing import publish_empty, try_publish
from registry.ledger.recorder import Handed, Recorder

MAX_BATCH = 4096
COMMAND_SECONDS = 20.0
"""The time limit of statements, after which an unresponsive database fails a batch."""

_PUBLISH_SECONDS = 1.0

_Group = Handed[tuple[Appended, int]]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """Counts since the last reading: commits, their entries, failed commits, and seconds in all commits."""

    commits: int = 0
    entries: int = 0
    failed: int = 0
    seconds: float = 0.0


class Ledger(Recorder):
    """Appends entries to the log and returns receipts.

    Args:
        url: the URL of the registry's database.
        signers: the signers of the active ledger keys; the first one's name is the log's origin.
        known: all keys of this ledger, including retired ones.
        published: the file with the last published checkpoint; separate from the database, so that a restored older
            database is detected.
        now: the clock.
    """

    def __init__(
        self, url: str, signers: Sequence[NoteSigner], known: Sequence[NoteKey], published: Path, now: Now = utc_now
    ) -> None:
        self._url = url
        self._signers = signers
        self._known = known
        self._published = published
        self._now = now
        self._connection: asyncpg.Connection | None = None
        self._pending: list[_Group] = []
        self._committing: asyncio.Task[None] | None = None
        self._published_at = 0.0
        self._publishing: asyncio.Future[None] | None = None
        self._tally = Tally()
        self.head = Head(0, (), "")

    def tally(self) -> Tally:
        """Return the counts since the last call."""
        tally, self._tally = self._tally, Tally()
        return tally

    async def open(self) -> None:
        """Connect, and check that head, tree, published checkpoint and the state seen here agree.

        Raises:
            StorageError: the database does not answer.
            LedgerDoubtError: they disagree; says how.
        """
        connection = await connect(self._url, COMMAND_SECONDS)
        try:
            self.head = await check_head(connection, self._known, self._published, self.head.tree_head)
            if not self.head.size and not read_published(self._published):
                publish_empty(self._published, self._signers)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def close(self) -> None:
        """Finish commits in flight, publish the last checkpoint, and disconnect."""
        if self._committing is not None:
            await self._committing
        if self._publishing is not None:
            await self._publishing
        if self.head.checkpoint:
            try_publish(self._published, self.head.checkpoint)
        if self._connection is not None:
            await self._connection.close()

    async def require_fit(self) -> None:
        """Check that entries can be recorded at present.

        Raises:
            LedgerError: the database does not answer, or the ledger or its clock is in doubt; says how.
        """
        try:
            connection = await connect(self._url, COMMAND_SECONDS)
            try:
                head = await check_head(connection, self._known, self._published, self.head.tree_head)
            finally:
                connection.terminate()
        except (StorageError, *DATABASE_ERRORS) as error:
            raise LedgerError(f"ledger: the database does not answer ({type(error).__name__})") from error
        time_after(head.at, self._now())

    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Record entries in a group commit; see ``Recorder.write``."""
        group: _Group = Handed(drafts, asyncio.get_running_loop().create_future())
        self._pending.append(group)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_pending())
        try:
            appended, first = await group.outcome
        except asyncio.CancelledError:
            raise group.left() from None
        return [appended.receipt(position) for position in range(first, first + len(drafts))]

    async def _commit_pending(self) -> None:
        try:
            while self._pending:
                await asyncio.sleep(0)  # one turn of the event loop, for requests that have arrived
                await self._commit_groups(self._take())
        finally:
            self._committing = None

    async def _commit_groups(self, groups: Sequence[_Group]) -> None:
        drafts = [draft for group in groups for draft in group.drafts]
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            appended = await self._commit(drafts)
            self._tally.commits += 1
            self._tally.entries += len(drafts)
        except Exception as error:  # noqa: BLE001  # whatever the error, every caller must get it
            self._tally.failed += 1
            log.error("ledger.commit_failed", entries=len(drafts), error=type(error).__name__)
            failure = error if isinstance(error, LedgerError) else LedgerError("ledger: not recorded")
            for group in groups:
                group.fail(failure)
            return
        finally:
            self._tally.seconds += loop.time() - begun
        at = 0
        for group in groups:
            group.succeed((appended, at))
            at += len(group.drafts)
        self._publish(appended.checkpoint)

    def _take(self) -> list[_Group]:
        """Return the groups of the next batch: the first one, and as many more as fit."""
        total = 0
        for at, group in enumerate(self._pending):
            total += len(group.drafts)
            if total > MAX_BATCH and at:
                groups, self._pending = self._pending[:at], self._pending[at:]
                return groups
        groups, self._pending = self._pending, []
        return groups

    async def _commit(self, drafts: Sequence[Draft]) -> Appended:
        """Append a batch; it is durable on return."""
        connection = self._connection
        if connection is None or connection.is_closed():
            connection = await self._reconnect()
        growing: list[Appended] = []
        try:
            appended = None
            if len(drafts) < COPY_FROM and not begins_partition(self.head.size, len(drafts)):
                appended = await try_append(connection, self.head, drafts, self._signers, self._now, growing.append)
            if appended is None:  # large, outdated head, or new partition: wait for the lock
                async with connection.transaction():
                    appended = await append(
                        connection, drafts, self._signers, self._known, self.head.tree_head, self._now, growing.append
                    )
        except DATABASE_ERRORS as error:
            await self._drop_connection()
            if not growing or not await self._is_recorded(growing[-1]):
                raise LedgerError(f"ledger: not recorded ({type(error).__name__})") from error
            appended = growing[-1]
        self.head = appended.head
        return appended

    async def _reconnect(self) -> asyncpg.Connection:
        """Return a new connection, after checking that the ledger is consistent."""
        try:
            await self.open()
        except (StorageError, *DATABASE_ERRORS) as error:
            raise LedgerError(f"ledger: the database does not answer ({type(error).__name__})") from error
        return self._connection

    async def _is_recorded(self, appended: Appended) -> bool:
        """Return whether the log has a batch, after a commit of unknown outcome."""
        try:
            connection = await connect(self._url, COMMAND_SECONDS)
            try:
                first = appended.growth.start
                found = await connection.fetchval("SELECT leaf_hash FROM ledger_entry WHERE index = $1", first)
            finally:
                connection.terminate()
        except (StorageError, *DATABASE_ERRORS):
            return False
        return bool(found == appended.leaves[0].hash)

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*DATABASE_ERRORS):
                connection.terminate()

    def _publish(self, checkpoint: str) -> None:
        """Publish a checkpoint, at most once a second; ``close`` publishes the last one."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._published_at >= _PUBLISH_SECONDS and (
            self._publishing is None or self._publishing.done()
        ):
            self._published_at = loop.time()
            # In a thread: while the disk is busy with the log's own writes, callers would wait tens of milliseconds.
            self._publishing = loop.run_in_executor(None, try_publish, self._published, checkpoint)
