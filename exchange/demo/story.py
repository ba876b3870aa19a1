"""The demo: one settlement case, narrated while each step is carried out."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from exchange.cli.steps import step
from exchange.cli.tables import heading
from exchange.cli.texts import called, console, say
from exchange.demo import case, permits, proofs
from exchange.demo.city import City
from exchange.demo.population import people
from exchange.demo.telling import say_line, say_title


async def tell(data: Path, count: int, seed: int, today: date, *, keep: bool = False) -> None:
    """Build the city in ``data``, run the case, check everything, and keep the evidence there.

    Raises:
        RuntimeError: a required check failed.
    """
    city = City(data, count, seed, today)
    applicant = next(people(1, seed, today))
    async with _running(city):
        say_title(1, "The case")
        case.show_proofs(applicant)
        say_title(2, "Licenses, issued once, from data already on record")
        permit, _ = await permits.issue(city, applicant)
        async with city.client() as client:
            await case.resolve(city, client, applicant)
            await case.refused(client, applicant)
        await case.suspended(city, permit)
        await proofs.letter(city)
        await proofs.accesses(city, applicant)
        await proofs.tampered(city)
        await proofs.ledger_clean(city)
        await proofs.check_truth(city)
        show_files(data)
        if keep:
            say_line(f"Node on {city.address}; Ctrl-C ends it.")
            await asyncio.Event().wait()


@asynccontextmanager
async def _running(city: City) -> AsyncIterator[None]:
    """Build and start the city, and show each step."""
    try:
        with step("Clearing what an earlier run left"):
            await city.clear()
        with step("Making the node: keys, certificates, PostgreSQL"):
            await city.make_node()
        started = time.monotonic()
        with step(f"Writing {city.people:,} people into the departments' own stores"):
            records = await city.make_world()
        say_line(f"  {records:,} records in {time.monotonic() - started:.1f} s: PostgreSQL, SQLite, a REST service, XLSX and CSV drops")  # fmt: skip
        with step("Registering agencies, datasets, the matter, grants and seals"):
            await city.register()
        with step("Starting the tax department's service and the node"):
            city.start_tax_service()
            await city.start_node()
        yield
    finally:
        with step("Stopping"):
            await city.stop()


def show_files(data: Path) -> None:
    """Print what the demo leaves, and commands that check it."""
    evidence, trust, seals = data / "evidence", data / "trust", data / "seals"
    console().print()
    heading(say("Left behind"))
    colon = say(": ")
    for line in (
        f"{say('Evidence')}{colon}{evidence}/*.sd-jwt, *.tlog-proof    {say('Trust')}{colon}{trust}/",
        f"{say('Licenses')}{colon}{data / 'licenses'}/*.sd-jwt, *.pdf, *.png, statuslist.jwt",
        f"{say('Seals')}{colon}{seals}/seal.esl, signature.ses, document.bin, sealed.pdf",
        f"{called()} evidence check {evidence}/*.sd-jwt --trust {trust}",
        f"{called()} seal check {seals}/signature.ses --document {seals}/document.bin --data {data}",
        f"{called()} ledger search --data {data}",
        f"{say('Without our code')}{colon}docs/check-without-us.md",
    ):
        console().print(line, soft_wrap=True)  # not wrapped, so that commands can be copied
