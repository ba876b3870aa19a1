"""Calls of the services of administration."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from google.protobuf.message import Message

from exchange.client.connection import Connection
from exchange.services.wire.shapes import from_message

T = TypeVar("T")


class AdminConnection(Connection):
    """A connection to a node for calls of the services of administration."""

    async def _ask(self, service: str, method: str, request: Message, response: type[Any]) -> Any:
        return (await self.call(f"/yici.registry.v1.{service}/", method, request, response))[0]

    async def _listed(
        self, service: str, method: str, request: Message, response: type[Any], field: str, shape: type[T]
    ) -> AsyncIterator[T]:
        """Yield the items of all pages of a list, in a field of each page."""
        async for page in self.pages(f"/yici.registry.v1.{service}/", method, request, response):
            for item in getattr(page, field):
                yield from_message(item, shape)
