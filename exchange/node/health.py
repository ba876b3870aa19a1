"""How a node is: named checks, each of which finds it fit or not, and may have something to say.

To add one, write a function that returns what is worth knowing (empty for nothing) and raises RegistryError where the
node cannot serve, and name it in ``checks``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import asyncpg
from prometheus_client import CollectorRegistry, multiprocess

from exchange.node.ntp import ntp_state
from exchange.node.source_health import unready
from registry.connection import connect
from registry.errors import LedgerError, RegistryError, StorageError
from registry.ledger.remote import RemoteLedger

_SECONDS = 5.0
_WRITER_SECONDS = 5.0

Check = Callable[[], Awaitable[str]]


def checks(url: str, writer: Path) -> dict[str, Check]:
    """The checks of a node, by the name of what they look at."""
    return {
        "database": lambda: _database(url),
        "ledger": lambda: _ledger(writer),
        "register": _register,
        "sources": _sources,
        "clock": _clock,
    }


async def health(found: Mapping[str, Check]) -> tuple[bool, str]:
    """Whether the node serves, and a line for each check that has something to say."""
    serves, lines = True, []
    for name, check in found.items():
        try:
            said = await check()
        except RegistryError as error:
            serves, said = False, str(error).removeprefix(f"{name}: ")
        if said:
            lines.append(f"{name}: {said}")
    return serves, "\n".join(["serving" if serves else "not serving", *lines, ""])


async def _database(url: str) -> str:
    """The registry's database answers."""
    try:
        connection = await connect(url, _SECONDS)
        try:
            await connection.execute("SELECT 1")
        finally:
            connection.terminate()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, StorageError) as error:
        raise StorageError("the database does not answer") from error
    return ""


async def _ledger(writer: Path) -> str:
    """The ledger writer answers and can record entries: neither the ledger nor its clock is in doubt."""
    ledger = RemoteLedger(writer)
    try:
        async with asyncio.timeout(_WRITER_SECONDS):
            await ledger.open()
            await ledger.ping()
    except TimeoutError as error:
        raise LedgerError("the ledger writer does not answer") from error
    finally:
        await ledger.close()
    return ""


async def _register() -> str:
    """No worker has its register in doubt. Each says so in a metric, which it shares with this process."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
    in_doubt = registry.get_sample_value("yici_register_in_doubt")
    if in_doubt is None:
        raise StorageError("no worker has read it yet")
    if in_doubt:
        raise StorageError("in doubt: a worker answers nothing until it has read it again")
    return ""


async def _sources() -> str:
    """Which datasets cannot be answered; the node serves the others."""
    idle = await asyncio.to_thread(unready)
    return f"out of service: {', '.join(idle)}" if idle else ""


async def _clock() -> str:
    """Whether the system keeps its clock by a time server."""
    return ntp_state()
