"""Benchmarks of the ledger: appends, new receipts and verification, as the log grows."""

import tempfile
import time
from pathlib import Path
from typing import Any

from keys.leaf.facts import QueryFacts
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.collector import tune_gc
from registry.connection import connect, create_database
from registry.database import Database
from registry.ledger.append import append, read_head
from registry.ledger.clock import utc_now
from registry.ledger.group_commit import Ledger
from registry.ledger.leaf import Entry, Opening, Pseudonyms, make_draft
from registry.ledger.verify import verify_ledger
from tests.bench.report import Row

BATCH = 4096
PSEUDONYMS = Pseudonyms(b"k" * 32)


def entry(number: int) -> Entry:
    """Return an entry like that of a Verify."""
    facts = QueryFacts(
        kind="verify", decision="permit", reason="GRANTED", agency="113205000000140825", system="desk",
        source="113205000000140157", dataset="identity.person", catalogue=1, fields=("name", "status"),
        matter="talent-settlement", basis="《中华人民共和国户口登记条例》第十条", policies=("grant:settlement-identity",),
        policy="ab" * 32, answer="cd" * 32, subjects=1,
    )  # fmt: skip
    subject = f"citizen_id:{number:018d}"
    return Entry(facts, Opening(subject, "李晓雯", f"2026-{number}", "ef" * 32), (PSEUDONYMS.of(subject),))


async def measure_ledger(server_url: str, size: int, rows: list[Row]) -> dict[str, Any]:
    """Grow a log to ``size``, measure at each power of ten, and verify it."""
    await create_database(server_url, "ledger_bench")
    url = server_url.replace("/departments", "/ledger_bench")
    database = Database(url)
    await database.upgrade()
    await database.close()
    signer = NoteSigner("bench.yici.example/ledger", SUITES["EdDSA"].generate())
    tune_gc()  # as in a worker
    rates: list[tuple[float, float]] = []
    proofs: list[tuple[float, float]] = []
    connection = await connect(url)
    at, mark = 0, 10_000
    while at < size:
        begin, spent = at, 0.0
        while at < mark:
            drafts = [make_draft(entry(number)) for number in range(at, min(at + BATCH, mark))]
            started = time.perf_counter()
            async with connection.transaction():
                appended = await append(
                    connection, drafts, [signer], [signer.key], (await read_head(connection)).tree_head, utc_now
                )
            spent += time.perf_counter() - started
            at = appended.growth.size
        started = time.perf_counter()
        for position in range(500):
            appended.receipt(position)
        proofs.append((at, (time.perf_counter() - started) / 500 * 1e6))
        rates.append((at, (at - begin) / spent))
        rows.append(
            Row(
                f"ledger append, batches of {BATCH}, up to {at:,}",
                rates[-1][1],
                "entries/s",
                "at least 40,000",
                f"leaves made before; fresh receipt {proofs[-1][1]:.1f} µs",
            )
        )
        mark = min(mark * 10, size) if mark < size else size
    await connection.close()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(url, [signer], [signer.key], Path(folder) / "checkpoint")
        await ledger.open()
        started = time.perf_counter()
        for _ in range(5):
            await ledger.record_all([entry(number) for number in range(BATCH)])
        rows.append(
            Row(
                "ledger, whole way with leaf and receipt",
                5 * BATCH / (time.perf_counter() - started),
                "entries/s",
                "",
                "one process",
            )
        )
        await ledger.close()
    connection = await connect(url)
    await connection.execute("VACUUM (ANALYZE)")  # as autovacuum does soon after such a load
    await connection.execute("CHECKPOINT")
    await connection.close()
    started = time.perf_counter()
    verified = await verify_ledger(url, [signer.key])
    rate = verified.size / (time.perf_counter() - started)
    if not verified.clean:
        raise RuntimeError(verified.wrong)
    rows.append(
        Row(
            "yici ledger verify",
            rate,
            "entries/s",
            "at least 200,000",
            f"{verified.size:,} entries, a database at rest",
        )
    )
    return {
        "Ledger append by size of the log | entries | entries/s": {"append": rates},
        "Fresh receipt by size of the log | entries | µs": {"receipt": proofs},
    }
