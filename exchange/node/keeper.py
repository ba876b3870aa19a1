"""The keeper of the embedded PostgreSQL, which restarts it at once and then at longer intervals."""

import asyncio

import structlog

from registry.embedded import EmbeddedPostgres
from registry.errors import RegistryError

_LOOK_SECONDS = 0.5
_WAIT_SECONDS = (0.5, 10.0)
log = structlog.get_logger(__name__)


async def keep_running(server: EmbeddedPostgres) -> None:
    """Restart a started server whenever it has ended, until cancelled."""
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
        except Exception as error:  # noqa: BLE001  # whatever the error, the next attempt may succeed
            text = str(error) if isinstance(error, RegistryError) else type(error).__name__
            log.error("database.not_started", error=text)
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
        else:
            log.info("database.started")
