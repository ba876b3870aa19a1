"""The license source for the contract tests, with their rows as licenses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.licenses import LicenseSource
from adapters.source import Source
from keys.leaf.facts import ActFacts
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.catalogue import FieldType
from registry.content import row_of
from registry.ledger.leaf import Entry
from registry.licenses import records
from registry.licenses.events import add_events
from registry.licenses.fields import LicenseField
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import License
from registry.licenses.rows import values_of
from registry.licenses.states import LicenseState
from registry.licenses.types import LicenseType
from tests.support.ledgers import appender

AGENCY = "113205000000140157"
KIND = LicenseType(
    "things", "事", "Things", "113205000000140900999", "x", AGENCY, (AGENCY,), (HolderKind.CITIZEN_ID,),
    (
        LicenseField("name", "姓名", "Name", "KZ_XM"),
        LicenseField("sex", "性别", "Sex", "KZ_XB", type=FieldType.CODE, codes={"male": "男", "female": "女"}),
        LicenseField("day", "日", "Day", "KZ_R", type=FieldType.DATE),
        LicenseField("amount", "额", "Amount", "KZ_E", type=FieldType.DECIMAL),
    ),
)  # fmt: skip


@asynccontextmanager
async def licenses_source(
    rows: list[tuple[str, ...]], folder: Path, url: str, *, single: bool = False
) -> AsyncIterator[Source]:
    if single:
        pytest.skip("one holder has as many licenses of a type as were issued")
    if any(sex not in ("1", "2") for _, _, sex, _, _ in rows):
        pytest.skip("a license's fields were checked when it was issued")
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    async with pool.acquire() as connection, connection.transaction():
        found = [_license(at, row) for at, row in enumerate(rows)]
        values = [values_of(item) for item in found]
        entries = [
            Entry(ActFacts("license.issue", "permit", "ISSUED", answer=item.digest), row=row_of("license", row))
            for item, row in zip(found, values, strict=True)
        ]
        appended = await appender(NoteSigner("test/ledger", SUITES["EdDSA"].generate())).record(connection, entries)
        await records.add_licenses(connection, found, values, appended.growth.start)
        await add_events(connection, found, "ISSUED", appended)
    source = LicenseSource(pool, KIND, 5.0)
    yield source
    await source.close()
    await pool.close()


def _license(at: int, row: tuple[str, ...]) -> License:
    code, name, sex, day, amount = row
    fields: dict[str, Any] = {
        "name": name, "sex": {"1": "male", "2": "female"}[sex], "day": f"{day[:4]}-{day[4:6]}-{day[6:]}", "amount": amount,
    }  # fmt: skip
    return License(
        f"L{at}", KIND.id, 1, str(at), AGENCY, str(at), 1, (Holder(HolderKind.CITIZEN_ID, code, name),), fields,
        date(2026, 1, 1), None, datetime(2026, 1, 1, tzinfo=UTC), LicenseState.VALID, 1, 1, at, "e~", f"{at:064x}",
    )  # fmt: skip
