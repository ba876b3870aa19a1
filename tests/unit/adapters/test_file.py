"""Drops: malformed ones are refused whole, and the last good one stays."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import UnavailableError
from adapters.file import FileSource
from tests.contract.sources import (
    CITIZEN,
    ONE,
    ROWS,
    TWO,
    description,
    write_csv,
)


def test_a_malformed_drop_is_refused_whole_and_the_last_good_one_stays(tmp_path: Path) -> None:
    async def run() -> None:
        drop = tmp_path / "things.csv"
        write_csv(drop, ROWS)
        source = FileSource(description(), tmp_path, tmp_path / "indexes")
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records

        async def replace(write: Callable[[], Any]) -> str:
            await asyncio.sleep(0.01)
            write()
            source._looked_at = -10
            return (await source.health()).detail

        for bad, rule in (
            ([*ROWS, ("123", "x", "1", "20200101", "1")], "row 6"),
            ([*ROWS, (ONE, "x", "1", "2020-01-01", "1")], "row 6: day"),
            ([*ROWS, (ONE, "x", "1")], "columns"),
        ):
            assert rule in await replace(lambda rows=bad: write_csv(drop, rows))
            assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records == {ONE: [{"name": "张三"}]}
        assert "not a readable CSV" in await replace(lambda: drop.write_bytes(b"\xff\xfe\x00broken"))
        assert await replace(lambda: write_csv(drop, [(ONE, "改名", "1", "20200131", "1")])) == ""
        assert (await source.fetch(CITIZEN, [ONE, TWO], ["name"], 5)).records == {ONE: [{"name": "改名"}]}
        await source.close()

    asyncio.run(run())


def test_no_drop_at_all_is_unavailable(tmp_path: Path) -> None:
    async def run() -> None:
        source = FileSource(description(), tmp_path, tmp_path / "indexes")
        with pytest.raises(UnavailableError, match="no drop"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()

    asyncio.run(run())


def test_a_changed_description_is_not_answered_from_an_old_index(tmp_path: Path) -> None:
    from dataclasses import replace

    from adapters.description import Column

    async def run() -> None:
        write_csv(tmp_path / "things.csv", ROWS)
        first = description()
        swapped = replace(first, fields=dict(first.fields) | {"sex": Column("XB", {"1": "female", "2": "male"})})
        for shape, sex in ((first, "male"), (swapped, "female")):
            source = FileSource(shape, tmp_path, tmp_path / "indexes")
            assert (await source.fetch(CITIZEN, [ONE], ["sex"], 5)).records == {ONE: [{"sex": sex}]}
            await source.close()

    asyncio.run(run())
