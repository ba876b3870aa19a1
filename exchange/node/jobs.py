"""Jobs on the registers, done again and again beside the node's work: expiry, and revocation lists."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_EXPIRY_SECONDS = 600.0
_REVOCATION_SECONDS = 30.0
log = structlog.get_logger(__name__)


async def keep_expiring(expire: Callable[[], Awaitable[int]]) -> None:
    """Record expired licenses and seals at every start, and soon after midnight."""
    while True:
        try:
            if count := await expire():
                log.info("register.expired", count=count)
        except Exception as error:  # noqa: BLE001  # whatever the error, the next turn may succeed
            log.error("licenses.not_expired", error=type(error).__name__)
        await asyncio.sleep(_EXPIRY_SECONDS)


async def keep_publishing(publish: Callable[[], Awaitable[None]]) -> None:
    """Publish new CRLs long before the end of the last ones, and when the registers have changed."""
    while True:
        try:
            await publish()
        except Exception as error:  # noqa: BLE001  # without a current list, nothing can be checked
            log.error("revocations.not_published", error=type(error).__name__)
        await asyncio.sleep(_REVOCATION_SECONDS)
