"""Streams of batches, of which each is answered before the next is sent."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from exchange.client.connection import Connection
from exchange.client.failures import error_in, translated
from exchange.client.messages import understood
from exchange.errors import ExchangeError

B = TypeVar("B")


async def answered_batches(
    connection: Connection, path: str, shape: type[Any], batches: AsyncIterable[B], request: Callable[[int, B], Message]
) -> AsyncGenerator[tuple[B, Any], None]:
    """Send batches over one stream, and yield each with its response; ``request`` has its number from 1.

    Raises:
        ExchangeError: a batch was refused, or the stream broke.
    """
    call: Any = None
    number = 0
    try:
        async for batch in batches:
            number += 1
            message = request(number, batch)
            call = call or connection.stream(path, shape)
            await call.write(message)
            response = await call.read()
            if response is grpc.aio.EOF:
                raise ExchangeError("UNAVAILABLE", "STREAM_BROKEN", "the stream broke; send the batch again")
            if understood(response).error:
                raise error_in(response.error)
            yield batch, response
        if call is not None:
            await call.done_writing()
    except grpc.aio.AioRpcError as error:
        raise translated(error) from error
    finally:
        if call is not None:
            call.cancel()
