"""Benchmarks of Verify, Query, VerifyBatch and Resolve, beside the echo and the plain service."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client import Chunk, Client, Subject
from exchange.demo.city import City
from exchange.demo.population import people
from exchange.services.wire.asking import basis_message, claim_message, subject_message
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from tests.bench.peers import bare_echo, plain_service
from tests.bench.report import Row
from tests.bench.rounds import ECHO, Load, Measured, best
from tests.support.ask import BASIS, TRIAL
from tests.support.processes import processes_of

SERVICE = "/yici.exchange.v1.ExchangeService/"
FIVE = Basis("five", "c", "", "o")


async def measure_calls(city: City, workers: int, seconds: float, rows: list[Row]) -> dict[str, Any]:
    """Measure calls, and return curves."""
    crowd = list(people(city.people, city.seed, city.today))
    subjects = [Subject(SubjectKind.CITIZEN_ID, person.id) for person in crowd]
    claims = [
        [Claim("name", Operator.EQ, (person.name,)), Claim("status", Operator.EQ, ("normal",))] for person in crowd
    ]
    load = Load(city, seconds)
    async with city.client() as client:
        first = await client.verify(BASIS, "identity.person", subjects[0], claims[0])
    size = len(first.evidence.answer) + len(first.evidence.receipt)
    asked: dict[str, Any] = {"basis": basis_message(BASIS), "dataset": "identity.person"}
    verify = [
        pb.VerifyRequest(
            **asked, subject=subject_message(subject.kind, subject.identifier), claims=map(claim_message, own)
        )
        for subject, own in zip(subjects, claims, strict=True)
    ]
    query = [
        pb.QueryRequest(
            **asked, subject=subject_message(subject.kind, subject.identifier), fields=["name", "sex", "status"]
        )
        for subject in subjects
    ]
    plain = [
        json.dumps({"officer": "o", "case": "c", "citizen_id": person.id, "name": person.name}).encode()
        for person in crowd
    ]
    with bare_echo(city, workers, size) as echo_at:
        plans: dict[str, dict[str, Any]] = {
            "bare echo": {"method": ECHO, "requests": verify, "address": echo_at},
            "Verify": {"method": f"{SERVICE}Verify", "requests": verify},
            "Query": {"method": f"{SERVICE}Query", "requests": query},
        }
        async with plain_service(city, workers) as plain_at:
            others = {"plain service": {"method": "", "requests": plain, "address": plain_at, "http": True}}
            bests = await _rates(load, plans | others, f"{size} bytes, {workers} workers", rows)
        await _tails(load, plans, bests, rows)
        curves = {"Calls a second by callers | callers | calls/s": await _curve(load, plans)}
    resolve = [
        pb.ResolveRequest(
            basis=basis_message(FIVE),
            subjects={"applicant": subject_message(subject.kind, subject.identifier)},
            facts={"name": person.name},
        )
        for subject, person in zip(subjects, crowd, strict=True)
    ]
    settled = await load.rounds(
        {"Verify": plans["Verify"], "Resolve": {"method": f"{SERVICE}Resolve", "requests": resolve}}
    )
    rows.append(Row("Resolve, five departments", settled["Resolve"].rate, "calls/s", "", settled["Resolve"].note))
    rows.append(
        Row(
            "cost of a Resolve / cost of a Verify",
            settled["Verify"].over(settled["Resolve"]),
            "times",
            "within 2.5",
            "64 callers each",
        )
    )
    batch = await _batch(city, [person.id for person in crowd], [person.name for person in crowd], seconds)
    rows.append(Row("VerifyBatch", batch, "subjects/s", "at least 30,000", "evidence verified by the client"))
    memory = max(process.memory_info().rss for process in processes_of(city, "worker"))
    rows.append(Row("memory of a worker after all this", memory / 2**20, "MB", "under 250"))
    return curves


async def _rates(
    load: Load, plans: Mapping[str, Mapping[str, Any]], about: str, rows: list[Row]
) -> dict[str, Measured]:
    """Measure every peer with few and many callers in turns; the better result counts."""
    found = await load.by_callers(plans)
    for name, measured in found.items():
        for callers, item in measured.items():
            note = f"{about}; {item.note}" if "echo" in name else item.note
            rows.append(Row(f"{name}, {callers} callers", item.rate, "calls/s", "", note))
    bests = {name: best(measured) for name, measured in found.items()}
    note = "each with as many callers as it does best with"
    for name in ("Verify", "Query"):
        for callers, item in found[name].items():
            ratio = item.over(found["bare echo"][callers]) * 100
            rows.append(Row(f"{name} / echo, {callers} callers each", ratio, "%"))
        rows.append(Row(f"{name} / echo", bests[name].over(bests["bare echo"]) * 100, "%", "at least 45 %", note))
        rows.append(Row(f"{name} / plain", bests[name].over(bests["plain service"]), "times", "at least 3", note))
    return bests


async def _tails(
    load: Load, plans: Mapping[str, Mapping[str, Any]], bests: Mapping[str, Measured], rows: list[Row]
) -> None:
    """Measure the 99th percentile of latency at half of each peer's rate."""
    half, own = bests["Verify"].rate / 2, bests["bare echo"].rate / 2
    found = await load.rounds(
        {
            "Verify": {**plans["Verify"], "rate": half},
            "echo": {**plans["bare echo"], "rate": own},
            "echo, so many": {**plans["bare echo"], "rate": half},
        }
    )
    ours, echo, easy = found.values()
    rows.append(Row("Verify p99 at half load", ours.p99_ms, "ms", "", f"{half:,.0f} calls/s; {ours.note}"))
    note = f"at its own half load, {own:,.0f} calls/s; {echo.note}"
    rows.append(Row("Verify p99 / echo p99", ours.p99_ms / echo.p99_ms, "times", "within 5", note))
    note = f"the echo at {half:,.0f} calls/s, too; {easy.note}"
    rows.append(Row("Verify p99 / echo p99 at the same rate", ours.p99_ms / easy.p99_ms, "times", "", note))
    alone = await load.rounds({name: {**plans[name], "concurrency": 1} for name in ("Verify", "bare echo")})
    note = f"{alone['Verify'].note}; echo {alone['bare echo'].median_ms:.1f} ms"
    rows.append(Row("Verify, one caller", alone["Verify"].median_ms, "ms", "", note))


async def _curve(load: Load, plans: Mapping[str, Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    curve: dict[str, list[tuple[float, float]]] = {"Verify": [], "bare echo": []}
    for callers in (1, 4, 16, 64, 256):
        for name, points in curve.items():
            points.append((callers, (await load.once(**plans[name], concurrency=callers))["rate"]))
    return curve


async def _batch(city: City, identifiers: list[str], names: list[str], seconds: float) -> float:
    """Return subjects a second over two streams of chunks of 10,000."""
    async with city.client() as one, city.client() as two:
        rates = [verify_chunks(client, identifiers, names, seconds) for client in (one, two)]
        return sum(await asyncio.gather(*rates))


async def verify_chunks(client: Client, identifiers: list[str], names: list[str], seconds: float) -> float:
    """Return subjects a second over one stream that repeats a chunk."""
    started, done = time.monotonic(), 0

    async def chunks() -> AsyncIterator[Chunk]:
        number = 0
        while time.monotonic() < started + seconds:
            number += 1
            yield Chunk(f"{number}", identifiers, [(name,) for name in names])

    claims = [Claim("name", Operator.EQ), Claim("status", Operator.EQ, ("normal",))]
    async for answer in client.verify_batch(
        TRIAL, "identity.person", SubjectKind.CITIZEN_ID, claims, chunks(), pause_gc=True
    ):
        if answer.error:
            raise answer.error
        done += len(answer.outcomes)
    return done / (time.monotonic() - started)
