"""Calls of ``SealService``."""

from typing import Any

from exchange.client.connection import Connection

SERVICE = "/yici.registry.v1.SealService/"


class SealConnection(Connection):
    """A connection to a node for calls of ``SealService``."""

    async def _ask(self, method: str, request: Any, shape: type[Any]) -> Any:
        return (await self.call(SERVICE, method, request, shape))[0]
