"""Contract tests of counting unreachable keys, for every kind of source with readable keys."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.reach import KeyCount, count_keys
from adapters.source import KEYS_UNREACHABLE
from adapters.spelling import KeyColumn
from adapters.sql import SqlSource
from registry.identifiers import SubjectKind
from tests.contract.test_keys import SHORT_ONE, SMALL_X, SPELLED, SQL, WIDE
from tests.support.sources import CITIZEN, KINDS, ONE, TWO, description

WRONG_CHECK = ONE[:17] + "2"


async def counted(kind: str, written: list[Any], folder: Path, url: str, **options: Any) -> KeyCount | None:
    rows = [(key, "名", "1", "20200131", "1") for key in written]
    async with KINDS[kind](rows, folder, url, **options) as source:
        return await count_keys(source)


@pytest.mark.parametrize("kind", SQL)
@pytest.mark.parametrize("dirt", SPELLED)
async def test_a_key_that_is_not_found_is_counted(kind: str, dirt: str, tmp_path: Path, url: str) -> None:
    written, _ = SPELLED[dirt]

    async def run() -> tuple[bool, KeyCount | None]:
        rows = [(key, "名", "1", "20200131", "1") for key in (SMALL_X.lower(), written)]
        async with KINDS[kind](rows, tmp_path, url) as source:
            found = await source.fetch(CITIZEN, [ONE], ["name"], 5)
            return ONE in found.records, await count_keys(source)

    found, count = await run()
    assert count == (KeyCount(2, 0) if found else KeyCount(2, 1, (2,)))
    assert not found or kind == "mariadb"  # whose collations ignore blanks after a text


@pytest.mark.parametrize("kind", SQL)
@pytest.mark.parametrize("dirt", SPELLED)
async def test_a_key_that_the_description_allows_is_within_reach(
    kind: str, dirt: str, tmp_path: Path, url: str
) -> None:
    written, said = SPELLED[dirt]
    assert await counted(kind, [TWO, written], tmp_path, url, **said) == KeyCount(2, 0)


@pytest.mark.parametrize("kind", SQL)
async def test_an_invalid_key_is_unreachable(kind: str, tmp_path: Path, url: str) -> None:
    written = [ONE, WRONG_CHECK, None, "", "?", f"{ONE[:-1]}\ufffd", TWO]
    assert await counted(kind, written, tmp_path, url) == KeyCount(7, 5, (2, 3, 4, 5, 6))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
async def test_a_drop_s_keys_are_within_reach_in_any_spelling(kind: str, tmp_path: Path, url: str) -> None:
    written = [ONE, f"\u3000{TWO.translate(WIDE)}\t", SHORT_ONE, WRONG_CHECK]
    found = await counted(kind, written, tmp_path, url)
    assert found is not None
    assert (found.total, found.unreachable, len(found.examples)) == (4, 1, 1)


@pytest.mark.parametrize("kind", SQL)
async def test_numbers_are_within_reach_but_those_of_floating_point(kind: str, tmp_path: Path, url: str) -> None:
    assert await counted(kind, [int(ONE), 12], tmp_path, url, of_type="bigint", numeric=True) == KeyCount(2, 1, (2,))


async def test_floating_point_is_out_of_reach(tmp_path: Path, url: str) -> None:
    found = counted("postgresql", [float(ONE)], tmp_path, url, of_type="double precision", numeric=True)
    assert await found == KeyCount(1, 1, (1,))


async def test_a_padded_column_is_within_reach(tmp_path: Path, url: str) -> None:
    assert await counted("postgresql", [ONE, TWO], tmp_path, url, of_type="char(20)") == KeyCount(2, 0)


async def test_every_owner_in_a_cell_must_be_within_reach(tmp_path: Path, url: str) -> None:
    cells = [f"{ONE}、{TWO}", f"{ONE}、{WRONG_CHECK}", f"{ONE}、 {TWO}"]
    assert await counted("postgresql", cells, tmp_path, url, separator="、") == KeyCount(3, 2, (2, 3))


async def test_every_kind_of_key_in_a_row_must_be_within_reach(tmp_path: Path, url: str) -> None:
    one = description()
    kinds = {CITIZEN: KeyColumn("SFZH"), SubjectKind.PASSPORT: KeyColumn("XM")}
    two = replace(one, keys=kinds, catalogue=replace(one.catalogue, keys=tuple(kinds)))

    async def run() -> KeyCount | None:
        rows = [(f"{ONE} ", passport, "1", "20200131", "1") for passport in ("E12345678", "\xa0E12345678")]
        async with KINDS["mariadb"](rows, tmp_path, url):  # whose collations ignore blanks after a text
            source = SqlSource(two, os.environ["YICI_MARIADB_URL"], 5.0)
            try:
                return await count_keys(source)
            finally:
                await source.close()

    assert await run() == KeyCount(2, 1, (2,))


@pytest.mark.parametrize("kind", ["rest", "rest-single", "licenses"])
async def test_a_source_with_unreadable_keys_is_not_counted(kind: str, tmp_path: Path, url: str) -> None:
    assert await counted(kind, [ONE], tmp_path, url) is None


@pytest.mark.parametrize("kind", SQL)
async def test_a_store_is_incomplete_until_it_was_counted(kind: str, tmp_path: Path, url: str) -> None:
    async with KINDS[kind]([(ONE, "名", "1", "20200131", "1")], tmp_path, url) as source:
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).incomplete == KEYS_UNREACHABLE
        source.incomplete = ""
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).incomplete == ""
