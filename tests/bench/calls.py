"""Verify, Query, VerifyBatch and Resolve, beside the echo and the plain service."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import psutil
from google.protobuf.message import Message
from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client import Chunk, Subject, _claim, _subject
from exchange.demo.city import City, _free_ports
from exchange.demo.population import people
from exchange.question import Basis
from exchange.services.messages import basis_message
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from tests.bench.report import Row
from tests.scenario.ask import BASIS, TRIAL

_ROUNDS = 5
SERVICE = "/yici.exchange.v1.ExchangeService/"
AUDIT = "CREATE TABLE IF NOT EXISTS audit (id bigserial PRIMARY KEY, at timestamptz, officer text, case_number text, citizen_id text, result text)"


async def measure_calls(city: City, workers: int, seconds: float, rows: list[Row]) -> dict[str, Any]:
    """Measure calls; returns curves."""
    crowd = list(people(city.people, city.seed, city.today))
    folder = city.data / "bench"
    folder.mkdir()
    claims = [
        [Claim("name", Operator.EQ, (person.name,)), Claim("status", Operator.EQ, ("normal",))] for person in crowd
    ]
    subjects = [Subject(SubjectKind.CITIZEN_ID, person.id) for person in crowd]
    verify = [
        pb.VerifyRequest(
            basis=basis_message(BASIS), dataset="identity.person", subject=_subject(s), claims=map(_claim, c)
        )
        for s, c in zip(subjects, claims, strict=True)
    ]
    query = [
        pb.QueryRequest(
            basis=basis_message(BASIS), dataset="identity.person", subject=_subject(s), fields=["name", "sex", "status"]
        )
        for s in subjects
    ]
    resolve = [
        pb.ResolveRequest(
            basis=basis_message(Basis("five", "c", "", "o")),
            subjects={"applicant": _subject(s)},
            facts={"name": p.name},
        )
        for s, p in zip(subjects, crowd, strict=True)
    ]
    load = _Load(city, folder, seconds)
    async with city.client() as client:
        first = await client.verify(BASIS, "identity.person", subjects[0], claims[0])
    size = len(first.evidence.answer) + len(first.evidence.receipt)
    await _world_audit(city)
    curves: dict[str, Any] = {}
    with _echo(city, workers, size) as echo_at, _plain(city, workers) as plain_at:
        plain_bodies = [
            json.dumps({"officer": "o", "case": "c", "citizen_id": p.id, "name": p.name}).encode() for p in crowd
        ]
        plans: dict[str, dict[str, Any]] = {
            "echo": {"method": "/bench.Echo/Echo", "requests": verify, "address": echo_at},
            "verify": {"method": SERVICE + "Verify", "requests": verify},
            "query": {"method": SERVICE + "Query", "requests": query},
            "plain": {"method": "", "requests": plain_bodies, "address": plain_at, "http": True},
        }
        found = await load.rounds(plans)
        echo, ours, asked, plain = (found[name] for name in ("echo", "verify", "query", "plain"))
        rows.append(
            Row(
                "bare echo",
                echo["rate"],
                "calls/s",
                "",
                f"{size} bytes, {workers} workers, median {echo['median_ms']:.1f} ms",
            )
        )
        rows.append(Row("plain service", plain["rate"], "calls/s", "", f"median {plain['median_ms']:.1f} ms"))
        for name, result in (("Verify", ours), ("Query", asked)):
            rows.append(
                Row(
                    name,
                    result["rate"],
                    "calls/s",
                    "",
                    f"median {result['median_ms']:.1f} ms, p99 {result['p99_ms']:.1f} ms, {result['errors'] or 'no errors'}",
                )
            )
            rows.append(Row(f"{name} / echo", result["rate"] / echo["rate"] * 100, "%", "at least 45 %"))
            rows.append(Row(f"{name} / plain", result["rate"] / plain["rate"], "times", "at least 3"))
        calm = {"rate": ours["rate"] / 2}
        halves = await load.rounds({"verify": plans["verify"] | calm, "echo": plans["echo"] | calm})
        half, half_echo = halves["verify"], halves["echo"]
        rows.append(
            Row(
                "Verify p99 at half load",
                half["p99_ms"],
                "ms",
                "",
                f"echo at the same rate {half_echo['p99_ms']:.1f} ms",
            )
        )
        rows.append(Row("Verify p99 / echo p99", half["p99_ms"] / half_echo["p99_ms"], "times", "within 5"))
        curve = {"Verify": [], "echo": []}
        for callers in (1, 4, 16, 64, 256):
            curve["Verify"].append(
                (callers, (await load.closed("c", SERVICE + "Verify", verify, concurrency=callers))["rate"])
            )
            curve["echo"].append(
                (
                    callers,
                    (await load.closed("c", "/bench.Echo/Echo", verify, address=echo_at, concurrency=callers))["rate"],
                )
            )
        curves["Calls a second by callers | callers | calls/s"] = curve
    settled = await load.closed("resolve", SERVICE + "Resolve", resolve)
    rows.append(
        Row(
            "Resolve, five departments",
            settled["rate"],
            "calls/s",
            "",
            f"median {settled['median_ms']:.1f} ms, {settled['errors'] or 'no errors'}",
        )
    )
    rows.append(Row("cost of a Resolve / cost of a Verify", ours["rate"] / settled["rate"], "times", "within 2.5"))
    rows.append(
        Row(
            "VerifyBatch",
            await _batch(city, [p.id for p in crowd], [p.name for p in crowd], seconds),
            "subjects/s",
            "at least 30,000",
            "evidence verified by the client",
        )
    )
    memory = max(
        p.memory_info().rss
        for p in psutil.process_iter(["cmdline"])
        if "exchange.worker" in (p.info["cmdline"] or []) and str(city.data) in p.info["cmdline"]
    )
    rows.append(Row("memory of a worker after all this", memory / 2**20, "MB", "under 250"))
    return curves


class _Load:
    """Runs the load generator in a process of its own."""

    async def rounds(self, plans: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Measure several things by turns, so that a machine that is slower for a while is slower for all of them.

        Returns:
            For each its median rate, median and 99th percentile over the rounds, and all errors.
        """
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in plans}
        for _ in range(_ROUNDS):
            for name, plan in plans.items():
                found[name].append(await self.closed(name, **plan))
        return {name: _middle(results) for name, results in found.items()}

    def __init__(self, city: City, folder: Path, seconds: float) -> None:
        self._city, self._folder, self._seconds = city, folder, seconds

    async def closed(self, name: str, method: str, requests: list[Any], **changed: Any) -> dict[str, Any]:
        """One measurement; closed loop, or open with a ``rate``."""
        path = self._folder / name.replace(" ", "-")
        path.write_text(
            "\n".join((item.SerializeToString() if isinstance(item, Message) else item).hex() for item in requests)
        )
        plan = {
            "address": self._city.address, "method": method, "requests": str(path), "connections": 16, "warm": 1.5,
            "seconds": self._seconds, "concurrency": 64, "credentials": str(self._city.departments / "talent-settlement"),
            "key": "talent-settlement.key.pem", "root": str(self._city.trust / "root.pem"),
        } | changed  # fmt: skip
        command = [sys.executable, "-m", "tests.bench.load", json.dumps(plan)]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return json.loads(output)  # type: ignore[no-any-return]


def _middle(results: list[dict[str, Any]]) -> dict[str, Any]:
    middle: dict[str, Any] = {
        name: median(result[name] for result in results) for name in ("rate", "median_ms", "p99_ms")
    }
    return middle | {"errors": {key: value for result in results for key, value in result["errors"].items()}}


@contextmanager
def _echo(city: City, workers: int, size: int) -> Iterator[str]:
    port = _free_ports(1)[0]
    with _processes([["tests.bench.echo", city.data, port, size]] * workers):
        yield f"127.0.0.1:{port}"


@contextmanager
def _plain(city: City, workers: int) -> Iterator[str]:
    port = _free_ports(1)[0]
    tax = city.departments / "tax"
    with _processes(
        [["tests.bench.plain", city.world.postgres, port, tax / "chain.pem", tax / "service.key.pem"]] * workers
    ):
        yield f"127.0.0.1:{port}"


@contextmanager
def _processes(commands: list[list[Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for command in commands:
            process = subprocess.Popen([sys.executable, "-m", *map(str, command)], stdout=subprocess.PIPE)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        time.sleep(4)
        yield


async def _world_audit(city: City) -> None:
    connection = await asyncpg.connect(city.world.postgres)
    await connection.execute(AUDIT)
    await connection.close()
    sqlite3.connect(city.world.property_file).close()


async def _batch(city: City, identifiers: list[str], names: list[str], seconds: float) -> float:
    """Subjects a second over two streams of chunks of 10,000."""
    end = time.monotonic() + seconds
    done = 0

    async def chunks(stream: int) -> AsyncIterator[Chunk]:
        number = 0
        while time.monotonic() < end:
            number += 1
            yield Chunk(f"{stream}-{number}", identifiers, [(name,) for name in names])

    async def run(stream: int) -> None:
        nonlocal done
        async with city.client() as client:
            claims = [Claim("name", Operator.EQ), Claim("status", Operator.EQ, ("normal",))]
            async for answer in client.verify_batch(
                TRIAL, "identity.person", SubjectKind.CITIZEN_ID, claims, chunks(stream)
            ):
                if answer.error:
                    raise answer.error
                done += len(answer.outcomes)

    started = time.monotonic()
    await asyncio.gather(run(1), run(2))
    return done / (time.monotonic() - started)
