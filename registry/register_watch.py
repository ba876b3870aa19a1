"""A worker's copy of the registers, kept current.

PostgreSQL notifies every change (LISTEN/NOTIFY) with the ids of its rows, so a revoked grant, certificate or seal stops
working at once. If the listening connection is lost, the copy is in doubt and no request is answered until it has been
read again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import asyncpg
import structlog

from registry.connection import connect
from registry.content import REGISTERS
from registry.departures import WHOLE, Departure
from registry.reading import read_changes
from registry.register import Register

_RETRY_SECONDS = 0.5
_HEARTBEAT_SECONDS = 2.0
_READ_SECONDS = 120.0
_DOUBT_SECONDS = 1.0
_NOTIFIED = 50
"""Ids in a notification, whose bytes are limited."""
log = structlog.get_logger(__name__)


async def read_again(url: str, found: Sequence[Departure]) -> None:
    """Make every process read rows again, of which it may have had no notification."""
    rows: dict[str, list[str]] = {}
    for item in found:
        if item.register in WHOLE:
            versioned = REGISTERS[item.register].version == "version"
            rows.setdefault(item.register, []).append(item.id.rpartition("@")[0] if versioned else item.id)
    if not rows:
        return
    connection = await connect(url)
    try:
        async with connection.transaction():
            for register, ids in rows.items():
                for start in range(0, len(ids), _NOTIFIED):
                    payload = "\n".join([register, *ids[start : start + _NOTIFIED]])
                    await connection.execute("SELECT pg_notify('yici_register', $1)", payload)
    finally:
        await connection.close()


class RegisterWatch:
    """Keeps a ``Register`` current; calls ``changed`` with each new reading, or None when it is in doubt."""

    def __init__(self, url: str, changed: Callable[[Register | None], Awaitable[None]]) -> None:
        self._url = url
        self._changed = changed
        self._stale = asyncio.Event()
        self._register: Register | None = None
        self._pending: dict[str, set[str]] | None = None
        self._connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        """Read the registers for the first time; ``follow`` keeps them current.

        Raises:
            RegistryError: the database does not answer, or the records cannot be read.
        """
        self._connection = await self._listen()
        await self._read(self._connection)

    async def _listen(self) -> asyncpg.Connection:
        self._pending = None  # what changed meanwhile is unknown
        connection = await connect(self._url)
        await connection.add_listener("yici_register", lambda *heard: self._note(heard[-1]))
        connection.add_termination_listener(lambda _: self._stale.set())
        return connection

    def _note(self, payload: str) -> None:
        """Note the rows of a notification: a register and ids, by lines. Any other is of all rows."""
        register, *ids = payload.split("\n")
        if not ids or register not in WHOLE:
            self._pending = None
        elif self._pending is not None:
            self._pending.setdefault(register, set()).update(ids)
        self._stale.set()

    async def _read(self, connection: asyncpg.Connection) -> None:
        self._stale.clear()
        pending, self._pending = self._pending, {}
        changed = None if pending is None else {name: frozenset(ids) for name, ids in pending.items()}
        async with asyncio.timeout(_READ_SECONDS):
            reading = asyncio.create_task(read_changes(connection, self._register, changed))
            try:
                if not (await asyncio.wait({reading}, timeout=_DOUBT_SECONDS))[0]:
                    await self._changed(None)  # a revoked system must not be answered from the old reading
                self._register = await reading
            finally:
                reading.cancel()
        await self._changed(self._register)

    async def follow(self) -> None:
        """Follow changes until cancelled; on any other end the registers are in doubt."""
        connection, self._connection = self._connection, None
        try:
            while True:
                try:
                    if connection is None:
                        connection = await self._listen()
                        await self._read(connection)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stale.wait(), _HEARTBEAT_SECONDS)
                    if self._stale.is_set():
                        await self._read(connection)
                    else:
                        await connection.execute("SELECT 1", timeout=_HEARTBEAT_SECONDS)
                except Exception as error:  # noqa: BLE001  # after any error, the old reading must not be used
                    await self._changed(None)
                    log.error("register.in_doubt", error=type(error).__name__)
                    if connection is not None:
                        connection.terminate()
                        connection = None
                    await asyncio.sleep(_RETRY_SECONDS)
        except Exception:
            await self._changed(None)
            raise
        finally:
            if connection is not None:
                connection.terminate()
