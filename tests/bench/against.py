"""Comparison of this checkout with another in turns: ``make bench ARGS="--against <checkout>"``.

Both run a city with the same people at the same time, and this checkout's load generator sends them the same requests in
turns, so that changes of the machine's speed affect both. The other checkout needs its ``.venv``, and requests with the
same field numbers.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import grpc

from exchange.demo.population import people
from tests.bench.compared import COMPARED, PERMITS, Compared, issue_some
from tests.bench.registers import five_departments
from tests.bench.report import Row
from tests.bench.rounds import run_load

_HERE = Path(__file__).parents[2]
_LARGE = [("grpc.max_receive_message_length", 64 << 20)]
_PEOPLE, _ROUNDS, _WARM_SECONDS = 10_000, 9, 10.0


async def compare(other: Path, seconds: float, rows: list[Row]) -> None:
    """Measure calls of both checkouts, in nine rounds."""
    today = date.today()  # noqa: DTZ011  # the local date of both cities
    crowd = list(people(_PEOPLE, 1, today))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yici-against-")))
        more = five_departments(folder)
        here = await stack.enter_async_context(_standing(_HERE, folder / "here", today, more))
        there = await stack.enter_async_context(_standing(other.resolve(), folder / "there", today, more))
        for at in (here, there):
            at.issued = await issue_some(at.channel(PERMITS))
            await at.rate(COMPARED[0], COMPARED[0].requests(crowd, at.issued), _WARM_SECONDS)
        for call in COMPARED:
            pairs = []
            for turn in range(_ROUNDS):
                order = (here, there) if turn % 2 else (there, here)
                rates = {at: await at.rate(call, call.requests(crowd, at.issued), seconds) for at in order}
                pairs.append((rates[here], rates[there]))
            ratios = sorted(own / its for own, its in pairs)
            note = (
                f"{median(own for own, _ in pairs):,.0f} and {median(its for _, its in pairs):,.0f} a second; "
                f"ratios of rounds {ratios[0]:.2f} to {ratios[-1]:.2f}"
            )
            rows.append(
                Row(f"{call.name}, this checkout / {other.name}", median(ratios), "times", "at least 0.97", note)
            )


class _City:
    """A running city, by its folder and address; ``issued`` are identifiers of its licenses."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address
        self.issued: list[str] = []

    async def rate(self, call: Compared, requests: list[Any], seconds: float) -> float:
        """Return calls, subjects or licenses a second.

        Raises:
            RuntimeError: a call failed.
        """
        plan = {
            "address": self._address, "credentials": str(self._folder / "departments" / call.system),
            "key": f"{call.system}.key.pem", "root": str(self._folder / "trust" / "root.pem"), "seconds": seconds,
        }  # fmt: skip
        measured = await run_load(self._folder, requests, plan | call.plan)
        if measured["errors"]:
            raise RuntimeError(f"{call.name}: {measured['errors']}")
        return float(measured["rate"]) * call.each

    def channel(self, system: str) -> grpc.aio.Channel:
        """Return a channel with a system's certificate."""
        own = self._folder / "departments" / system
        root = (self._folder / "trust" / "root.pem").read_bytes()
        key, chain = (own / f"{system}.key.pem").read_bytes(), (own / "chain.pem").read_bytes()
        return grpc.aio.secure_channel(self._address, grpc.ssl_channel_credentials(root, key, chain), _LARGE)


@asynccontextmanager
async def _standing(checkout: Path, folder: Path, today: date, more: Path) -> AsyncIterator[_City]:
    script = Path(__file__).with_name("standing.py")
    process = await asyncio.create_subprocess_exec(
        checkout / ".venv" / "bin" / "python", script, folder, str(_PEOPLE), today.isoformat(), more, cwd=checkout,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        yield _City(folder, json.loads(await process.stdout.readline())["address"])
    finally:
        process.stdin.close()
        await process.wait()
