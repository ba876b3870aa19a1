"""Benchmarks of e-seals: SM2 beside openssl, checks, and batches on one and two cores and remotely."""

import asyncio
import os
import re
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from exchange.demo.city import City
from keys.evidence import Verdict
from keys.ses.checking import check_seal, check_signature
from keys.ses.proof import Presented
from keys.ses.structure import Picture
from keys.ses.writing import write_signature
from keys.sm3 import sm3
from keys.suites import SUITES
from registry.seals.kinds import SealKind
from tests.bench.report import Row
from tests.support.stamping import Stamping
from tests.support.stamps import WRITE

_ROUNDS = 5
_SIGNATURES, _CHECKS, _DIGESTS, _BATCH = 1500, 600, 10_000, 500
_PICTURE_BYTES = 16_000


async def measure_seals(city: City, rows: list[Row]) -> None:
    """Measure seals."""
    await asyncio.to_thread(_signing, rows)
    await asyncio.to_thread(_checking, rows)
    await asyncio.to_thread(_threads, rows)
    await _batches(city, rows)


def _signing(rows: list[Row]) -> None:
    """Measure this project's SM2 and openssl's in turns on one core, since the host's speed varies."""
    signer = SUITES["SM2-SM3"].generate()
    ours, theirs = [], []
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            for _ in range(_SIGNATURES):
                signer.sign(b"twenty bytes of data")
            ours.append(_SIGNATURES / (time.perf_counter() - started))
            command = ["openssl", "speed", "-seconds", "1", "sm2"]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            [rate] = re.findall(r"CurveSM2\) +\S+ +\S+ +([0-9.]+)", told)
            theirs.append(float(rate))
    finally:
        os.sched_setaffinity(0, cores)
    one, other = statistics.median(ours), statistics.median(theirs)
    rows.append(
        Row("SM2 signatures, one core", one, "/s", "", f"openssl speed {other:,.0f}, by turns, medians of {_ROUNDS}")
    )
    rows.append(Row("SM2 signatures / openssl speed", one / other * 100, "%", "at least 95 %"))


def _checking(rows: list[Row]) -> None:
    made, picture = Stamping.make(), Picture("PNG", os.urandom(_PICTURE_BYTES), 42, 42)
    seal = made.seal(picture=picture)
    digest = sm3(b"document")
    signature = write_signature(made.sealing(seal, tsa=made.tsa), digest, made.now)
    now = datetime.now(UTC)

    def seal_verdict() -> Verdict:
        return check_seal(seal, made.bundle, now).verdict

    def signature_verdict() -> Verdict:
        return check_signature(signature, Presented(digest=digest), made.bundle, now).verdict

    for name, verdict, wanted in (
        ("e-seals parsed and checked, one core", seal_verdict, "at least 800"),
        ("e-signatures parsed and checked, one core", signature_verdict, ""),
    ):
        started = time.perf_counter()
        for _ in range(_CHECKS):
            if verdict() is not Verdict.VALID:
                raise RuntimeError("a good seal was refused")
        rows.append(
            Row(name, _CHECKS / (time.perf_counter() - started), "/s", wanted, "every step; the chain's cached")
        )


def _threads(rows: list[Row]) -> None:
    made = Stamping.make()
    sealing = made.sealing(made.seal(picture=Picture("PNG", os.urandom(_PICTURE_BYTES), 42, 42)), tsa=made.tsa)
    digests = [sm3(b"%d" % number) for number in range(_DIGESTS)]
    rates = {}
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:
            started = time.perf_counter()
            list(pool.map(lambda digest: write_signature(sealing, digest, made.now), digests))
            rates[threads] = _DIGESTS / (time.perf_counter() - started)
    note = f"{rates[1]:,.0f}/s with one thread, {rates[2]:,.0f}/s with two; SM2, seal and time-stamp in each"
    rows.append(Row("batch of 10,000 e-signatures, two threads / one", rates[2] / rates[1], "times", "scales", note))


async def _batches(city: City, rows: list[Row]) -> None:
    digests = [sm3(b"%d" % number) for number in range(_DIGESTS)]
    seal = city.seals["113205000000140900", SealKind.OFFICIAL]

    async def batches(found: Sequence[bytes]) -> AsyncIterator[Sequence[bytes]]:
        for at in range(0, len(found), _BATCH):
            yield found[at : at + _BATCH]

    async def stream(part: Sequence[bytes]) -> int:
        async with city.seal_client("document-desk", 300.0) as client:
            return sum([len(found) async for found in client.seal_batch(WRITE, seal, batches(part))])

    started = time.perf_counter()
    sealed = sum(await asyncio.gather(*[stream(digests[at::4]) for at in range(4)]))
    elapsed = time.perf_counter() - started
    note = f"{sealed:,} digests, batches of {_BATCH}, 4 streams, on the record, receipt each"
    rows.append(Row("digests sealed in batches over gRPC", sealed / elapsed, "/s", "", note))
