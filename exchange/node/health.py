"""Health of a node: named checks, each with a result and an optional message.

To add a check, write a function that returns a message (empty for none), and raises RegistryError if the node cannot
serve, and add it to ``checks``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import asyncpg
from prometheus_client import CollectorRegistry, multiprocess

from exchange.node.conformity import departed_registers
from exchange.node.ntp import ntp_state
from exchange.node.source_health import unready
from registry.connection import DATABASE_ERRORS
from registry.errors import LedgerError, RegistryError, StorageError

_WRITER_SECONDS = 5.0

Check = Callable[[], Awaitable[str]]
Connect = Callable[[], Awaitable[asyncpg.Connection]]
"""Opens a connection to the registry's database."""
Ping = Callable[[], Awaitable[None]]
"""Asks the ledger writer whether it can record entries."""


def checks(connect: Connect, ping: Ping) -> dict[str, Check]:
    """Return the checks of a node by name."""
    return {
        "database": lambda: _database(connect),
        "ledger": lambda: _ledger(ping),
        "register": _register,
        "registers": departed_registers,
        "sources": _sources,
        "clock": _clock,
    }


async def health(found: Mapping[str, Check]) -> tuple[bool, str]:
    """Return whether the node can serve, and the checks' messages, one a line."""
    serves, lines = True, []
    for name, check in found.items():
        try:
            said = await check()
        except RegistryError as error:
            serves, said = False, str(error).removeprefix(f"{name}: ")
        if said:
            lines.append(f"{name}: {said}")
    return serves, "\n".join(["serving" if serves else "not serving", *lines, ""])


async def _database(connect: Connect) -> str:
    """Check that the registry's database answers."""
    try:
        connection = await connect()
        try:
            await connection.execute("SELECT 1")
        finally:
            connection.terminate()
    except (*DATABASE_ERRORS, StorageError) as error:
        raise StorageError("the database does not answer") from error
    return ""


async def _ledger(ping: Ping) -> str:
    """Check that the ledger writer answers and can record entries: ledger and clock are not in doubt."""
    try:
        async with asyncio.timeout(_WRITER_SECONDS):
            await ping()
    except TimeoutError as error:
        raise LedgerError("the ledger writer does not answer") from error
    return ""


async def _register() -> str:
    """Check by a shared metric that no worker's registers are in doubt."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
    in_doubt = registry.get_sample_value("yici_register_in_doubt")
    if in_doubt is None:
        raise StorageError("no worker has read it yet")
    if in_doubt:
        raise StorageError("in doubt: a worker answers nothing until it has read it again")
    return ""


async def _sources() -> str:
    """Return which datasets cannot be queried; the node serves the others."""
    idle = await asyncio.to_thread(unready)
    return f"out of service: {', '.join(idle)}" if idle else ""


async def _clock() -> str:
    """Return whether a time server synchronizes the system's clock."""
    return ntp_state()
