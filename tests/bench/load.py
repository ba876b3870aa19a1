"""A load generator process: concurrent calls (closed loop), or calls at a rate (open loop).

Requests are taken at random; those of streams in order, each on a stream of its own.

``python -m tests.bench.load <json>``; prints one JSON line: rate, median and p99 in milliseconds, errors.
"""

import asyncio
import gc
import json
import random
import ssl
import sys
import time
from collections.abc import Callable, Coroutine
from itertools import cycle
from pathlib import Path
from typing import Any

import grpc
import uvloop

Send = Callable[[int], Coroutine[Any, Any, object]]


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Call one method for some seconds, after a warm-up that is not counted."""
    folder = Path(plan["credentials"])
    credentials = grpc.ssl_channel_credentials(
        Path(plan["root"]).read_bytes(), (folder / plan["key"]).read_bytes(), (folder / "chain.pem").read_bytes()
    )
    options = [("grpc.max_receive_message_length", 64 << 20), ("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.secure_channel(plan["address"], credentials, options) for _ in range(plan["connections"])]
    send = await _sender(plan, channels)
    latencies: list[float] = []
    errors: dict[str, int] = {}
    begin = time.perf_counter() + plan["warm"]
    end = begin + plan["seconds"]

    async def one(number: int) -> None:
        started = time.perf_counter()
        try:
            await send(number)
        except grpc.aio.AioRpcError as error:
            errors[error.code().name] = errors.get(error.code().name, 0) + 1
            return
        finished = time.perf_counter()
        if started >= begin and finished <= end:
            latencies.append(finished - started)

    async def closed(number: int) -> None:
        while time.perf_counter() < end:
            await one(number)

    if plan.get("rate"):
        await _open_loop(one, plan["rate"], end)
    else:
        await asyncio.gather(*[closed(number) for number in range(plan["concurrency"])])
    for channel in channels:
        await channel.close()
    latencies.sort()
    count = len(latencies)
    return {
        "rate": count / plan["seconds"],
        "median_ms": latencies[count // 2] * 1e3 if count else 0.0,
        "p99_ms": latencies[int(count * 0.99)] * 1e3 if count else 0.0,
        "errors": errors,
    }


async def _sender(plan: dict[str, Any], channels: list[grpc.aio.Channel]) -> Send:
    """Return what sends one request, over the connection of a number."""
    requests = [bytes.fromhex(line) for line in Path(plan["requests"]).read_text().split()]
    method = plan["method"]
    if plan.get("http"):
        context = ssl.create_default_context(cafile=plan["root"])
        posts = [await _Post.connect(plan["address"], context) for _ in range(plan["concurrency"])]
        return lambda number: posts[number % len(posts)].send(random.choice(requests))
    if plan.get("stream"):
        streams: list[Any] = [channel.stream_stream(method) for channel in channels]
        in_order = cycle(requests)
        return lambda number: _answer(streams[number % len(streams)](timeout=30), next(in_order))
    calls: list[Any] = [channel.unary_unary(method) for channel in channels]

    async def send(number: int) -> None:
        await calls[number % len(calls)](random.choice(requests), timeout=30)

    return send


async def _answer(stream: grpc.aio.StreamStreamCall[bytes, bytes], request: bytes) -> None:
    """Send one request on a stream of its own, and read its response."""
    await stream.write(request)
    if await stream.read() is grpc.aio.EOF:
        raise RuntimeError("a stream ended without a response")
    stream.cancel()


async def _open_loop(one: Callable[[int], Coroutine[Any, Any, None]], rate: float, end: float) -> None:
    """Begin calls at random times at a given rate, whether or not others have ended."""
    tasks = set()
    at = time.perf_counter()
    while at < end:
        at += random.expovariate(rate)
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(random.randrange(1 << 20)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


class _Post:
    """A keep-alive HTTP/1.1 connection that posts JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._free = asyncio.Lock()

    @classmethod
    async def connect(cls, address: str, context: ssl.SSLContext) -> "_Post":
        host, port = address.split(":")
        return cls(*await asyncio.open_connection(host, int(port), ssl=context))

    async def send(self, body: bytes) -> None:
        async with self._free:
            head = f"POST /verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            self._writer.write(head.encode() + body)
            answer = await self._reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(answer[:60])
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await self._reader.readexactly(length)


if __name__ == "__main__":
    gc.disable()  # collections pause for tens of milliseconds, which would be measured
    print(json.dumps(uvloop.run(run(json.loads(sys.argv[1])))))
