"""Tests of single-precision numbers: read as written, or refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pyarrow as pa
import pyarrow.parquet
import pytest

from adapters.file import FileSource
from adapters.source import Fetched, Source
from adapters.sql import SqlSource
from tests.support.sources import CITIZEN, HEADER, NOBODY, ONE, TWO, description

HELD = {ONE: 0.1, TWO: -98.5}
LOST = {ONE: 16777217.0, TWO: 1234.567}
TABLE = 'CREATE TABLE things ("SFZH" text, "XM" text, "XB" text, "RQ" text, "JE" real)'


@asynccontextmanager
async def _postgresql(rows: Sequence[tuple[str, float]], folder: Path, url: str) -> AsyncIterator[Source]:
    connection = await asyncpg.connect(url)
    await connection.execute(TABLE)
    await connection.copy_records_to_table("things", records=rows, columns=("SFZH", "JE"))
    await connection.close()
    yield SqlSource(description(), url)


@asynccontextmanager
async def _parquet(rows: Sequence[tuple[str, float]], folder: Path, url: str) -> AsyncIterator[Source]:
    columns = {name: pa.array(["1"] * len(rows)) for name in HEADER}
    columns |= {"SFZH": pa.array([key for key, _ in rows]), "RQ": pa.array(["20200131"] * len(rows))}
    columns["JE"] = pa.array([amount for _, amount in rows], pa.float32())
    pyarrow.parquet.write_table(pa.table(columns), folder / "things.parquet")
    yield FileSource(description(drop={"on_bad_row": "set aside"}), folder, folder / "indexes")


KINDS = {"postgresql": _postgresql, "parquet": _parquet}


def _fetched(kind: str, held: dict[str, float], folder: Path, url: str) -> Fetched:
    async def run() -> Fetched:
        async with KINDS[kind]([*held.items(), (NOBODY, 7)], folder, url) as source:
            fetched = await source.fetch(CITIZEN, [*held, NOBODY], ["amount"], 5)
            await source.close()
            return fetched

    return asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_of_single_precision_is_what_was_written(kind: str, tmp_path: Path, url: str) -> None:
    found = _fetched(kind, HELD, tmp_path, url).records
    assert {key: [float(item["amount"] or "") for item in found[key]] for key in HELD} == {ONE: [0.1], TWO: [-98.5]}
    assert {len(item["amount"] or "") for key in HELD for item in found[key]} == {3, 5}


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_beyond_single_precision_fails_only_its_own_subject(kind: str, tmp_path: Path, url: str) -> None:
    fetched = _fetched(kind, LOST, tmp_path, url)
    assert (set(fetched.malformed), set(fetched.records)) == (set(LOST), {NOBODY})
