"""The benchmark: measures the node beside a bare echo and a plain service; writes docs/benchmarks.md."""

import argparse
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from exchange.demo.city import City
from tests.bench.against import compare
from tests.bench.calls import measure_calls
from tests.bench.grants import measure_grants
from tests.bench.ledger import measure_ledger
from tests.bench.licenses import measure_licenses
from tests.bench.machine import measure_machine
from tests.bench.registers import five_departments
from tests.bench.report import Row, write_report
from tests.bench.seals import measure_seals

PEOPLE = 10_000


async def main() -> None:
    """Measure everything, and print each figure as it is measured."""
    parser = argparse.ArgumentParser(description="Measure the node beside a bare echo and a plain service.")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--entries", type=int, default=1_000_000, help="size to which the ledger's curve goes")
    parser.add_argument("--licenses", type=int, default=1_000_000, help="size to which the license register grows")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--against", type=Path, help="only compare with another checkout, which has its .venv")
    arguments = parser.parse_args()
    started = time.monotonic()
    rows: list[Row] = []
    if arguments.against:
        await compare(arguments.against, arguments.seconds, rows)
        return
    measure_machine("before", rows)
    with tempfile.TemporaryDirectory(prefix="yici-bench-") as folder:
        city = City(Path(folder) / "data", PEOPLE)
        await city.make_node(arguments.workers)
        await city.make_world()
        await city.register(Path(__file__).parents[1] / "support" / "more.yaml", five_departments(Path(folder)))
        try:
            city.start_tax_service()
            await city.start_node()
            await city.stop()  # the first start compiles Python; the measured one does not
            city.start_tax_service()
            begin = time.monotonic()
            await city.start_node()
            rows.append(Row("node start, existing data folder", time.monotonic() - begin, "s", "under 3"))
            curves = await measure_calls(city, arguments.workers, arguments.seconds, rows)
            curves |= await measure_licenses(city, arguments.workers, arguments.seconds, arguments.licenses, rows)
            await measure_seals(city, rows)
            await measure_grants(city.world.postgres, rows)
            curves |= await measure_ledger(city.world.postgres, arguments.entries, rows)
        finally:
            await city.stop()
    measure_machine("after", rows)
    machine = f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
    write_report(rows, curves, f"{datetime.now(UTC):%Y-%m-%d}, {machine}, {time.monotonic() - started:.0f} s in all")
