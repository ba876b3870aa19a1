"""Contract tests of key spellings: every kind of source finds what the description allows."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.errors import MalformedError
from adapters.rest import RestSource
from adapters.rest_service import RestAccess
from adapters.source import Fetched
from adapters.sql import SqlSource
from registry.errors import RuleError
from tests.support.sources import CITIZEN, KINDS, NOBODY, ONE, TWO, description

SQL = ("postgresql", "pgbouncer", "sqlite", "mariadb")
STORES = (*SQL, "rest", "rest-single", "csv", "xlsx", "parquet")
SMALL_X = "32050220000617111X"
SHORT_ONE, SHORT_TWO = (key[:6] + key[8:17] for key in (ONE, TWO))
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
SPELLED = {
    "blank before": (" " + ONE, {"trim": True}),
    "blank after": (ONE + " ", {"trim": True}),
    "tab": (ONE + "\t", {"trim": True}),
    "no-break blank": ("\u00a0" + ONE, {"trim": True}),
    "ideographic blanks": (f"\u3000{ONE}\u3000", {"trim": True}),
    "padding": (ONE.ljust(20), {"padded": 20}),
    "full width": (ONE.translate(WIDE), {"width": True}),
    "15 digits": (SHORT_ONE, {"fifteen_digits": True}),
    "all at once": (f" {SHORT_ONE.translate(WIDE)} ", {"trim": True, "width": True, "fifteen_digits": True}),
}
Fetch = Callable[..., Fetched]


@pytest.fixture
def fetch(tmp_path: Path, url: str) -> Fetch:
    """Look keys up in a new source of a kind, over a table with these keys."""

    def look_up(kind: str, written: list[Any], asked: list[str], **options: Any) -> Fetched:
        async def run() -> Fetched:
            rows = [(key, f"名{at}", "1", "20200131", "1") for at, key in enumerate(written)]
            async with KINDS[kind](rows, tmp_path, url, **options) as source:
                return await source.fetch(CITIZEN, asked, ["name"], 5)  # type: ignore[no-any-return]

        return asyncio.run(run())

    return look_up


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("dirt", SPELLED)
def test_a_key_is_found_however_the_description_lets_it_be_written(fetch: Fetch, kind: str, dirt: str) -> None:
    written, said = SPELLED[dirt]
    assert fetch(kind, [TWO, written], [ONE, NOBODY], **said).records == {ONE: [{"name": "名1"}]}


@pytest.mark.parametrize("kind", STORES)
def test_a_small_x_is_found_without_a_word_about_it(fetch: Fetch, kind: str) -> None:
    assert fetch(kind, [SMALL_X.lower(), TWO], [SMALL_X]).records == {SMALL_X: [{"name": "名0"}]}


@pytest.mark.parametrize("kind", STORES)
def test_two_spellings_of_one_person_are_two_records_of_one_person(fetch: Fetch, kind: str) -> None:
    found = fetch(kind, [ONE, f"{ONE} ", SHORT_ONE, TWO], [ONE, TWO], trim=True, fifteen_digits=True).records
    assert sorted(record["name"] for record in found[ONE]) == ["名0", "名1", "名2"]
    assert found[TWO] == [{"name": "名3"}]


@pytest.mark.parametrize("kind", SQL)
@pytest.mark.parametrize("of_type", ["bigint", "numeric(18)"])
def test_a_number_is_compared_as_a_number(fetch: Fetch, kind: str, of_type: str) -> None:
    near = int(ONE) + 1  # the same number where it is one of floating point
    found = fetch(kind, [near, int(ONE), int(SHORT_TWO)], [ONE, TWO, SMALL_X], of_type=of_type, numeric=True)
    assert found.records == {ONE: [{"name": "名1"}]}


@pytest.mark.parametrize("kind", SQL)
def test_an_id_of_15_digits_is_found_as_a_number(fetch: Fetch, kind: str) -> None:
    found = fetch(kind, [int(SHORT_ONE)], [ONE, TWO], of_type="bigint", numeric=True, fifteen_digits=True)
    assert found.records == {ONE: [{"name": "名0"}]}


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])  # SQLite compares them exactly, and finds none
def test_a_key_of_floating_point_is_an_error(fetch: Fetch, kind: str) -> None:
    with pytest.raises(MalformedError, match="floating point"):
        fetch(kind, [float(ONE)], [ONE], of_type="double precision", numeric=True)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_padded_column_needs_no_word_about_it(fetch: Fetch, kind: str) -> None:
    assert fetch(kind, [ONE, TWO], [ONE], of_type="char(20)").records == {ONE: [{"name": "名0"}]}


@pytest.mark.parametrize("kind", ["postgresql", "csv", "xlsx", "parquet"])
@pytest.mark.parametrize("mark", ["、", "\n"])
def test_a_cell_that_names_two_owners_is_a_record_of_each(fetch: Fetch, kind: str, mark: str) -> None:
    cells = [f"{ONE}{mark} {TWO}", TWO, f"{ONE}{mark}{ONE}{mark}"]
    found = fetch(kind, cells, [ONE, TWO, NOBODY], separator=mark, trim=True).records
    assert sorted(record["name"] for record in found[ONE]) == ["名0", "名2"]
    assert sorted(record["name"] for record in found[TWO]) == ["名0", "名1"]
    assert NOBODY not in found


def test_only_sources_that_can_find_one_of_two_owners_accept_a_separator(tmp_path: Path) -> None:
    shape = description(separator="、")
    for make in (
        lambda: SqlSource(shape, f"sqlite:///{tmp_path / 'x'}"), lambda: SqlSource(shape, "mariadb://x@127.0.0.1/x"),
        lambda: RestSource(shape, RestAccess("http://127.0.0.1:1")),
    ):  # fmt: skip
        with pytest.raises(RuleError, match=r"citizen_id\.separator: .* a row for each owner"):
            make()


@pytest.mark.parametrize(
    ("of_type", "index", "said"),
    [
        ("varchar(20)", '("SFZH")', {}),
        ("char(20)", '("SFZH")', {"trim": True, "width": True, "fifteen_digits": True}),
        ("bigint", '("SFZH")', {"numeric": True, "fifteen_digits": True}),
        ("numeric(18)", '("SFZH")', {"numeric": True}),
        ("text", """USING gin (string_to_array("SFZH", '、'))""", {"separator": "、"}),
        ("text", """USING gin (string_to_array("SFZH", E'\\n'))""", {"separator": "\n"}),
    ],
)
def test_the_column_s_index_is_used(url: str, of_type: str, index: str, said: dict[str, Any]) -> None:
    async def run() -> list[str]:
        connection = await asyncpg.connect(url)
        await connection.execute(f'CREATE TABLE things ("SFZH" {of_type}, "XM" text, "XB" text, "RQ" text, "JE" text)')
        await connection.execute(f"INSERT INTO things SELECT {ONE} + g FROM generate_series(1, 20000) g")
        await connection.execute(f"CREATE INDEX own ON things {index}")
        await connection.execute("ANALYZE things")
        source = SqlSource(description(**said), url)
        lookup, _ = source._statement(CITIZEN, ("name",))  # what is sent, and no other
        asked = list(source.keys[CITIZEN].spellings(CITIZEN, ONE))
        plan = await connection.fetch(f"EXPLAIN {lookup.statement}", asked)
        await source.close()
        await connection.close()
        return [row[0] for row in plan]

    assert any("Index Scan" in line and " own " in f"{line} " for line in asyncio.run(run()))
