"""Benchmarks of licenses: issuing, checks online and offline, search, status lists, printing."""

import asyncio
import time
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from yici.registry.v1 import license_pb2 as pb

from exchange.demo.city import City
from exchange.licensing.publication import StatusLists
from exchange.pages.license import Page, make_pdf
from exchange.pages.pades import Stamping
from exchange.pki.agency_seals import AgencySeal
from exchange.services.wire.asking import basis_message
from exchange.services.wire.licenses import draft_message
from keys.license import check_license
from keys.qr import code_url
from keys.statuslist import StatusList
from keys.suites import SUITES
from keys.timestamp_authority import TimestampAuthority
from registry.connection import connect
from registry.licenses import records
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.indexes import SIZE
from registry.licenses.license import Draft, License
from registry.licenses.rows import values_of
from registry.licenses.states import LicenseState
from tests.bench.peers import bare_echo
from tests.bench.report import Row
from tests.bench.rounds import ECHO, Load, best
from tests.support.permits import PERMIT, SETTLE
from tests.support.sealing import AGENCY, KIND, Sealing

LICENSES = "/yici.registry.v1.LicenseService/"
BATCH = 500
_STREAMS = 4
_BATCHES_A_SECOND = 4
FIELDS = {"address": "平江路 66 号", "sex": "female", "birth_date": "1994-06-18", "registered_region": "650102"}
HOLDER = Holder(HolderKind.CITIZEN_ID, "650102199406180284", "阿依努尔·买买提")


async def measure_licenses(city: City, workers: int, seconds: float, size: int, rows: list[Row]) -> dict[str, Any]:
    """Measure licenses, and return curves."""
    digests = await _issue(city, seconds, rows)
    await _online(city, workers, seconds, digests, rows)
    _offline(rows)
    await asyncio.to_thread(_pages, rows)  # pyHanko runs an event loop of its own
    return await _register(city, size, rows)


async def _issue(city: City, seconds: float, rows: list[Row]) -> list[str]:
    """Send streams of batches; requests are prepared before, and answers read after the measurement."""
    requests = [
        [
            pb.IssueBatchRequest(
                batch_id="b",
                basis=basis_message(PERMIT),
                type="residence_permit",
                drafts=[
                    draft_message(
                        Draft("residence_permit", name, name, (HOLDER,), FIELDS, date(2026, 1, 1)), fill=False
                    )
                    for name in (f"B{stream}-{batch}-{at}" for at in range(BATCH))
                ],
            ).SerializeToString()
            for batch in range(int(seconds * _BATCHES_A_SECOND))
        ]
        for stream in range(_STREAMS)
    ]
    answers: list[bytes] = []
    end = time.monotonic() + seconds

    async def stream(prepared: list[bytes]) -> None:
        async with city.license_client("residence-desk") as client:
            call: Any = client.channel.stream_stream(f"{LICENSES}IssueBatch")()
            for request in prepared:
                if time.monotonic() >= end:
                    break
                await call.write(request)
                answers.append(await call.read())
            call.cancel()

    started = time.monotonic()
    await asyncio.gather(*[stream(prepared) for prepared in requests])
    elapsed = time.monotonic() - started
    outcomes = [item for answer in answers for item in pb.IssueBatchResponse.FromString(answer).outcomes]
    if any(item.error for item in outcomes) or len(outcomes) != BATCH * len(answers):
        raise RuntimeError("a batch was refused")
    note = f"batches of {BATCH}, {_STREAMS} streams; sealed, receipt and status"
    rows.append(Row("licenses issued in batches", len(outcomes) / elapsed, "licenses/s", "at least 3,000", note))
    return [item.license.identifier for item in outcomes]


async def _online(city: City, workers: int, seconds: float, identifiers: list[str], rows: list[Row]) -> None:
    load = Load(city, seconds)
    requests = [pb.CheckLicenseRequest(basis=basis_message(SETTLE), identifier=item) for item in identifiers[:20_000]]
    async with city.license_client("talent-settlement") as client:
        first = await client.state(SETTLE, identifier=identifiers[0])
    with bare_echo(city, workers, len(first.receipt) + 250) as echo_at:
        found = await load.by_callers(
            {
                "echo": {"method": ECHO, "requests": requests, "address": echo_at},
                "check": {"method": f"{LICENSES}CheckLicense", "requests": requests},
            }
        )
    for callers, item in found["check"].items():
        note = f"{item.over(found['echo'][callers]) * 100:.0f} % of the echo; {item.note}"
        rows.append(Row(f"license checked online, {callers} callers", item.rate, "calls/s", "", note))
    ratio = best(found["check"]).over(best(found["echo"])) * 100
    note = "each with as many callers as it does best with"
    rows.append(Row("license checked online / echo", ratio, "%", "at least 45 %", note))


def _offline(rows: list[Row]) -> None:
    sealing = Sealing.make()
    envelopes = [sealing.envelope(at) for at in range(500)]
    now = datetime.now(UTC)
    listed = StatusList.open(sealing.status_list(), sealing.bundle)
    started = time.perf_counter()
    for _ in range(4):
        for text in envelopes:
            if check_license(text, sealing.bundle, now, status_list=listed).failure:
                raise RuntimeError("a good license was refused")
    rows.append(
        Row(
            "license checked offline, one core",
            2000 / (time.perf_counter() - started),
            "licenses/s",
            "at least 5,000",
            "every step; the status list opened once",
        )
    )


def _pages(rows: list[Row]) -> None:
    sealing = Sealing.make()
    clock = SUITES["ES256"].generate()
    found = _license(1, sealing.envelope())
    stamping = Stamping(sealing.signer, sealing.chain, TimestampAuthority(clock, sealing.chain))
    page = Page(KIND, "苏州市公安局", code_url("https://data.example.cn/check", sealing.qr()))
    make_pdf(found, page, stamping)
    started = time.perf_counter()
    for _ in range(20):
        make_pdf(found, page, stamping)
    rows.append(
        Row(
            "license pages made and sealed, one core",
            20 / (time.perf_counter() - started),
            "PDF/s",
            "at least 5",
            "set, attached, sealed, time-stamped",
        )
    )


async def _register(city: City, size: int, rows: list[Row]) -> dict[str, Any]:
    connection = await connect(city.world.postgres.replace("/departments", "/yici"))
    await connection.execute("TRUNCATE license, license_holder")
    points: list[tuple[float, float]] = []
    at, mark = 0, 10_000
    while at < size:
        while at < mark:
            batch = [_license(number, "e~") for number in range(at, min(at + 20_000, mark))]
            await records.add_licenses(connection, batch, [values_of(item) for item in batch], at)
            at += len(batch)
        await connection.execute("ANALYZE license, license_holder")
        cold = await _find_micros(connection, at)
        points.append((at, await _find_micros(connection, at)))
        note = f"one statement; {cold:.0f} µs when what is read is not in memory yet"
        rows.append(Row(f"licenses found by holder, of {at:,}", points[-1][1], "µs", "flat", note))
        mark = min(mark * 10, size) if mark < size else size
    sealing = Sealing.make()
    seal = AgencySeal(sealing.signer, sealing.chain, 9e12)
    number = await connection.fetchval(
        "INSERT INTO status_list (agency, size, used, secret) VALUES ($1, $2, $2, '') RETURNING list", AGENCY, SIZE
    )
    await connection.execute(
        "UPDATE license SET status_list = $1, state = 'suspended' WHERE ctid IN (SELECT ctid FROM license LIMIT 50000)",
        number,
    )

    async def seal_of(_connection: asyncpg.Connection, _agency: str) -> AgencySeal:
        return seal

    started = time.perf_counter()
    await StatusLists(seal_of, "http://x/status/").current(connection, number)
    rows.append(
        Row(
            "status list of a million published",
            time.perf_counter() - started,
            "s",
            "under 1",
            "50,000 of them not valid; JWT and CWT",
        )
    )
    await connection.execute("TRUNCATE license, license_holder")
    await connection.close()
    return {"Licenses found by holder | licenses on record | µs": {"find": points}}


async def _find_micros(connection: asyncpg.Connection, size: int) -> float:
    for number in range(50):
        await records.held_by(connection, KIND.id, [_code(number * (size // 50))], [HolderKind.CITIZEN_ID])
    started = time.perf_counter()
    for number in range(500):
        if not await records.held_by(connection, KIND.id, [_code(number * (size // 500))], [HolderKind.CITIZEN_ID]):
            raise RuntimeError("a license was not found")
    return (time.perf_counter() - started) / 500 * 1e6


def _license(number: int, envelope: str) -> License:
    name = f"1.2.156.3005.2.{KIND.code}.{AGENCY}.B{number:012}.001.X"
    holder = Holder(HolderKind.CITIZEN_ID, _code(number), "某某")
    return License(
        name, KIND.id, 1, str(number), AGENCY, str(number), 1, (holder,), {"sex": "女"}, date(2026, 1, 1), None,
        datetime(2026, 1, 1, tzinfo=UTC), LicenseState.VALID, 1, 1, number % SIZE, envelope, f"{number:064x}",
    )  # fmt: skip


def _code(number: int) -> str:
    return f"{number:018}"
