"""Runs a checkout's city for a measurement: ``standing.py <folder> <people> <day> <registers>``.

Prints one JSON line, its gRPC address, when the node serves, and stops when standard input ends. It imports nothing of
the benchmark, so that the interpreter of another checkout can run it.
"""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

from exchange.demo.city import City


async def main(folder: Path, people: int, day: date, more: Path) -> None:
    """Build the city, and serve until standard input ends."""
    city = City(folder, people, today=day)
    await city.make_node()
    try:
        await city.make_world()
        await city.register(Path(__file__).parents[1] / "support" / "more.yaml", more)
        city.start_tax_service()
        await city.start_node()
        sys.stdout.write(json.dumps({"address": city.address}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await city.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), date.fromisoformat(sys.argv[3]), Path(sys.argv[4])))
