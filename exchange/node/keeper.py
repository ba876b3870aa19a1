"""Keeps the embedded PostgreSQL running: starts it again when it has died, at once and then more slowly."""

import asyncio

import structlog

from registry.embedded import EmbeddedPostgres
from registry.errors import RegistryError

_LOOK_SECONDS = 0.5
_WAIT_SECONDS = (0.5, 10.0)
log = structlog.get_logger(__name__)


async def keep_running(server: EmbeddedPostgres) -> None:
    """Look after a server that was started, until cancelled."""
    shortest, longest = _WAIT_SECONDS
    wait = shortest
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if await asyncio.to_thread(server.is_running):
            wait = shortest
            continue
        log.error("database.ended")
        try:
            await asyncio.to_thread(server.start)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next attempt may succeed
            text = str(error) if isinstance(error, RegistryError) else type(error).__name__
            log.error("database.not_started", error=text)
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
        else:
            log.info("database.started")
