"""Measurement of several things in turns, so that changes of the machine's speed affect all."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from google.protobuf.message import Message

from exchange.demo.city import City

_ROUNDS = 5
CALLERS = (64, 256)
"""Few and many callers; a server's best rate is at one of them."""
ECHO = "/bench.Echo/Echo"


@dataclass(frozen=True, slots=True)
class Measured:
    """The medians over all rounds of calls a second and milliseconds, and the number of errors."""

    rates: Sequence[float]
    median_ms: float
    p99_ms: float
    errors: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Return calls a second."""
        return median(self.rates)

    @property
    def note(self) -> str:
        """Return the latencies and errors as text."""
        return f"median {self.median_ms:.1f} ms, p99 {self.p99_ms:.1f} ms, {self.errors or 'no errors'}"

    def over(self, other: "Measured") -> float:
        """Return the ratio of this rate to the other: the median over rounds."""
        return median(own / its for own, its in zip(self.rates, other.rates, strict=True))


class Load:
    """Runs the load generator in a process, against the node unless a plan has another address."""

    def __init__(self, city: City, seconds: float) -> None:
        self._city, self._seconds = city, seconds
        self._folder = city.data / "bench"
        self._folder.mkdir(exist_ok=True)

    async def rounds(self, plans: Mapping[str, Mapping[str, Any]]) -> dict[str, Measured]:
        """Run each plan once a round."""
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in plans}
        for _ in range(_ROUNDS):
            for name, plan in plans.items():
                found[name].append(await self.once(**plan))
        return {name: _measured(results) for name, results in found.items()}

    async def by_callers(self, plans: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[int, Measured]]:
        """Run each plan with few and many callers in turns; return plan → callers → result."""
        found = await self.rounds(
            {
                f"{name} {callers}": {**plan, "concurrency": callers}
                for name, plan in plans.items()
                for callers in CALLERS
            }
        )
        return {name: {callers: found[f"{name} {callers}"] for callers in CALLERS} for name in plans}

    async def once(self, method: str, requests: Sequence[Any], **changed: Any) -> dict[str, Any]:
        """Run one measurement: a closed loop of 64 or ``concurrency`` callers, or an open one with ``rate``."""
        plan = {
            "address": self._city.address, "method": method, "seconds": self._seconds,
            "credentials": str(self._city.departments / "talent-settlement"), "key": "talent-settlement.key.pem",
            "root": str(self._city.trust / "root.pem"),
        } | changed  # fmt: skip
        return await run_load(self._folder, requests, plan)


async def run_load(folder: Path, requests: Sequence[Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Run the load generator with a plan; by default 64 callers over 16 connections."""
    path = folder / "requests"
    path.write_text(
        "\n".join((item.SerializeToString() if isinstance(item, Message) else item).hex() for item in requests)
    )
    whole = {"requests": str(path), "connections": 16, "warm": 1.5, "concurrency": 64, **plan}
    command = [sys.executable, "-m", "tests.bench.load", json.dumps(whole)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return json.loads(output)  # type: ignore[no-any-return]


def best(measured: Mapping[int, Measured]) -> Measured:
    """Return the result with the best number of callers."""
    return max(measured.values(), key=lambda item: item.rate)


def _measured(results: Sequence[Mapping[str, Any]]) -> Measured:
    errors: dict[str, int] = {}
    for result in results:
        for name, count in result["errors"].items():
            errors[name] = errors.get(name, 0) + count
    return Measured(
        [result["rate"] for result in results],
        median(result["median_ms"] for result in results),
        median(result["p99_ms"] for result in results),
        errors,
    )
