"""Comparison of this checkout with another in turns: ``make bench ARGS="--against <checkout>"``.

Both run a city with the same people at the same time, and this checkout's load generator and client drive them in
turns, so that changes of the machine's speed affect both. The other checkout needs its ``.venv``.
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

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client import Client
from exchange.demo.population import Person, people
from exchange.services.wire.asking import basis_message, claim_message, subject_message
from keys.trust import TrustBundle
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from tests.bench.calls import SERVICE, verify_chunks
from tests.bench.report import Row
from tests.bench.rounds import run_load
from tests.support.ask import BASIS

_HERE = Path(__file__).parents[2]
_PEOPLE, _ROUNDS, _CHUNK = 10_000, 7, 5_000
_SYSTEM = "talent-settlement"


async def compare(other: Path, seconds: float, rows: list[Row]) -> None:
    """Measure Verify, Query and VerifyBatch of both checkouts, in seven rounds."""
    today = date.today()  # noqa: DTZ011  # the local date of both cities
    crowd = list(people(_PEOPLE, 1, today))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yici-against-")))
        here = await stack.enter_async_context(_standing(_HERE, folder / "here", today))
        there = await stack.enter_async_context(_standing(other.resolve(), folder / "there", today))
        for name, measure in _measures(crowd, folder, seconds).items():
            pairs = []
            for turn in range(_ROUNDS):
                order = (here, there) if turn % 2 else (there, here)
                rates = {at: await measure(at) for at in order}
                pairs.append((rates[here], rates[there]))
            ratio = median(own / others for own, others in pairs)
            note = f"{median(own for own, _ in pairs):,.0f} and {median(its for _, its in pairs):,.0f} a second"
            rows.append(Row(f"{name}, this checkout / {other.name}", ratio, "times", "at least 0.97", note))


def _measures(crowd: list[Person], folder: Path, seconds: float) -> dict[str, Any]:
    asked = {"basis": basis_message(BASIS), "dataset": "identity.person"}
    subjects = [subject_message(SubjectKind.CITIZEN_ID, person.id) for person in crowd]
    claims = [
        [
            claim_message(Claim("name", Operator.EQ, (item.name,))),
            claim_message(Claim("status", Operator.EQ, ("normal",))),
        ]
        for item in crowd
    ]
    verify = [pb.VerifyRequest(**asked, subject=s, claims=c) for s, c in zip(subjects, claims, strict=True)]
    query = [pb.QueryRequest(**asked, subject=subject, fields=["name", "sex", "status"]) for subject in subjects]

    def calls(method: str, requests: list[Any]) -> Any:
        async def measure(at: "_City") -> float:
            plan = {"method": f"{SERVICE}{method}", "seconds": seconds} | at.plan
            return float((await run_load(folder, requests, plan))["rate"])

        return measure

    async def batch(at: "_City") -> float:
        part = crowd[:_CHUNK]
        async with at.client() as client:
            return await verify_chunks(client, [item.id for item in part], [item.name for item in part], seconds)

    return {"Verify": calls("Verify", verify), "Query": calls("Query", query), "VerifyBatch": batch}


class _City:
    """A running city, by its folder and address."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address

    @property
    def plan(self) -> dict[str, Any]:
        """Return the load generator's settings for this city."""
        return {
            "address": self._address, "credentials": str(self._folder / "departments" / _SYSTEM),
            "key": f"{_SYSTEM}.key.pem", "root": str(self._folder / "trust" / "root.pem"),
        }  # fmt: skip

    def client(self) -> Client:
        """Return a client of the city."""
        own = self._folder / "departments" / _SYSTEM
        certificate, key = (own / "chain.pem").read_bytes(), (own / f"{_SYSTEM}.key.pem").read_bytes()
        return Client(self._address, certificate, key, TrustBundle.load(self._folder / "trust"), 30.0)


@asynccontextmanager
async def _standing(checkout: Path, folder: Path, today: date) -> AsyncIterator[_City]:
    script = Path(__file__).with_name("standing.py")
    process = await asyncio.create_subprocess_exec(
        checkout / ".venv" / "bin" / "python", script, folder, str(_PEOPLE), today.isoformat(), cwd=checkout,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        yield _City(folder, json.loads(await process.stdout.readline())["address"])
    finally:
        process.stdin.close()
        await process.wait()
