"""gRPC's standard services, health and reflection, with limits on waiting time and streams."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc

from exchange.acts.refusals import Reason, Refusal
from exchange.services.calls import Context, abort
from exchange.services.unread import Unread

_STREAMS = 100
_REFLECTION_SECONDS = 30.0
_CROWDED = Refusal(Reason.OVERLOADED, f"{_STREAMS} streams of health and reflection are open; retry later")


class Aside:
    """Collects the methods that generated code adds to a server, and returns handlers with limits."""

    def __init__(self, unread: Unread) -> None:
        self._unread = unread
        self._streams = 0
        self.handlers: list[grpc.GenericRpcHandler] = []

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Ignore handlers; the same methods are added by name."""

    def add_registered_method_handlers(self, service: str, methods: Mapping[str, Any]) -> None:
        """Collect the methods of a service."""
        guarded = {name: self._guarded(method) for name, method in methods.items()}
        self.handlers.append(grpc.method_handlers_generic_handler(service, guarded))

    def _guarded(self, method: Any) -> Any:
        shapes: dict[str, Callable[[Any], bytes] | Callable[[bytes], Any]] = {
            "request_deserializer": method.request_deserializer, "response_serializer": method.response_serializer,
        }  # fmt: skip
        if method.request_streaming:
            return grpc.stream_stream_rpc_method_handler(self._conversation(method.stream_stream), **shapes)
        if method.response_streaming:
            return grpc.stream_stream_rpc_method_handler(self._following(method.unary_stream), **shapes)
        return grpc.stream_unary_rpc_method_handler(self._once(method.unary_unary), **shapes)

    def _once(self, work: Any) -> Any:
        async def guarded(_requests: object, context: Context) -> Any:
            return await work(await self._unread.first(context), context)

        return guarded

    def _following(self, work: Any) -> Any:
        async def guarded(_requests: object, context: Context) -> None:
            request = await self._unread.first(context)
            if self._streams >= _STREAMS:
                await abort(context, _CROWDED)
            with self._counted():
                await work(request, context)  # it writes its own answers

        return guarded

    def _conversation(self, work: Any) -> Any:
        async def guarded(requests: object, context: Context) -> AsyncIterator[Any]:
            if self._streams >= _STREAMS:
                await abort(context, _CROWDED)
            with self._counted():
                async with asyncio.timeout(_REFLECTION_SECONDS):
                    async for answer in work(requests, context):
                        yield answer

        return guarded

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1
