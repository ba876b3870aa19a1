"""The departments' stores, with different databases, columns, codes and spellings.

PostgreSQL for identity, social insurance, enterprises and the housing fund; SQLite for property and behind the tax
service; XLSX and CSV drops for education and qualifications.

- Identity: dates of birth as midnight, in a time zone that had summer time; private-use characters of GBK.
- Social insurance: blanks and tabs around ids. Housing fund: full-width and 15-digit ids, ``?`` for rare characters,
  and one key that no query can find.
- Tax: ids padded with blanks, amounts with separators. Property: ``?`` in addresses.
- Degrees: GB 18030, semicolons, quoted ids, dates in four formats, other middle dots. Diplomas: a title above the
  header and a total below. Qualifications: full-width digits, and impossible dates.
"""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

import asyncpg

from exchange.demo.databases import (
    POSTGRES,
    POSTGRES_INDEXES,
    PROPERTY,
    TAX,
    UNREACHABLE,
    fresh_sqlite,
    write_postgres,
    write_property,
    write_tax,
)
from exchange.demo.drops import Drops
from exchange.demo.population import enterprises, people

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class World:
    """The locations of the departments' stores."""

    folder: Path
    postgres: str

    @property
    def property_file(self) -> Path:
        """The property department's SQLite file."""
        return self.folder / "property.sqlite"

    @property
    def tax_file(self) -> Path:
        """The SQLite file behind the tax service."""
        return self.folder / "tax.sqlite"

    @property
    def drops(self) -> Path:
        """The folder of the drops for education and human resources."""
        return self.folder / "drops"


async def write_world(
    world: World, count: int, seed: int, today: date, progress: Callable[[int], None] = lambda _done: None
) -> int:
    """Write every store as a stream; memory does not grow with ``count``.

    Returns:
        The number of records in all stores.
    """
    world.drops.mkdir(parents=True, exist_ok=True)
    connection = await asyncpg.connect(world.postgres)
    total = 0
    try:
        await connection.execute(POSTGRES)
        with ExitStack() as stack:
            property_store = stack.enter_context(closing(fresh_sqlite(world.property_file, PROPERTY)))
            tax_store = stack.enter_context(closing(fresh_sqlite(world.tax_file, TAX)))
            drops = stack.enter_context(Drops(world.drops, count))
            stream, done = people(count, seed, today), 0
            while batch := list(islice(stream, _BATCH)):
                total += await write_postgres(connection, batch)
                total += write_property(property_store, batch) + write_tax(tax_store, batch) + drops.write(batch)
                done += len(batch)
                progress(done)
            property_store.executescript("CREATE INDEX a ON BDC_QLXX (QLRZJH); CREATE INDEX b ON BDC_QLXX (BDCDYH);")
            tax_store.executescript("CREATE INDEX a ON payments (NSRSBH); CREATE INDEX b ON arrears (NSRSBH);")
            property_store.commit()
            tax_store.commit()
        companies = [
            (item.uscc, item.name, item.representative, Decimal(item.capital), item.established, item.status)
            for item in enterprises(count, seed)
        ]
        await connection.copy_records_to_table("qy_jbxx", records=companies)
        await connection.copy_records_to_table("grzh", records=[UNREACHABLE])
        await connection.execute(POSTGRES_INDEXES)
    finally:
        await connection.close()
    return total + len(companies)
