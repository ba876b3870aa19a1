"""A load generator in a process of its own: so many calls at once (closed loop), or so many a second (open loop).

``python -m tests.bench.load <json>``; prints one JSON line: rate, median and p99 in milliseconds, errors.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import uvloop


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Drive one method for some seconds, after a warm-up that is not counted."""
    folder = Path(plan["credentials"])
    credentials = grpc.ssl_channel_credentials(
        Path(plan["root"]).read_bytes(), (folder / plan["key"]).read_bytes(), (folder / "chain.pem").read_bytes()
    )
    options = [("grpc.max_receive_message_length", 64 << 20), ("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.secure_channel(plan["address"], credentials, options) for _ in range(plan["connections"])]
    calls = [channel.unary_unary(plan["method"]) for channel in channels]
    requests = [bytes.fromhex(line) for line in Path(plan["requests"]).read_text().split()]
    latencies: list[float] = []
    errors: dict[str, int] = {}
    begin = time.perf_counter() + plan["warm"]
    end = begin + plan["seconds"]

    async def one(number: int) -> None:
        started = time.perf_counter()
        try:
            await calls[number % len(calls)](random.choice(requests), timeout=30)
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
        tasks = set()
        at = time.perf_counter()
        while at < end:
            at += random.expovariate(plan["rate"])
            if (wait := at - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(one(random.randrange(1 << 20)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
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


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(json.loads(sys.argv[1])))))
