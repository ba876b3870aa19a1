"""Tests of the population: valid ids, realistic names, and errors of departments."""

import asyncio
import csv
import sqlite3
import tracemalloc
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import asyncpg
import pytest
from stdnum.cn import ric, uscc

from exchange.demo.person import Person
from exchange.demo.population import enterprises, people
from exchange.demo.stores import World, write_world
from registry.identifiers import parse_uscc

TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return list(people(5_000, 7, TODAY))


def test_the_same_size_seed_and_day_make_the_same_people(crowd: list[Person]) -> None:
    assert list(people(5_000, 7, TODAY)) == crowd
    assert next(islice(people(5_000, 8, TODAY), 9, None)) != crowd[9]


def test_every_id_holds_by_another_library_and_no_two_are_equal(crowd: list[Person]) -> None:
    for person in crowd:
        ric.validate(person.id)
        assert ric.get_birth_date(person.id) == person.born
        assert "21"[int(person.id[16]) % 2] == person.sex
    assert len({person.id for person in crowd}) == len(crowd)
    for company in enterprises(5_000, 7):
        assert uscc.validate(company.uscc) == parse_uscc(company.uscc)
        ric.validate(company.representative)


def test_names_are_of_every_kind(crowd: list[Person]) -> None:
    names = [person.name for person in crowd]
    assert any("·" in name for name in names)
    assert any(name.startswith(("欧阳", "司马", "上官", "诸葛")) for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert Counter(names).most_common(1)[0][1] > 1  # only the id identifies a person
    assert len({person.ethnic_group for person in crowd}) >= 4


def test_people_die_move_and_change_names_and_departments_have_errors(crowd: list[Person]) -> None:
    assert {person.status for person in crowd} == {"0", "1", "2"}
    assert any(person.region != person.id[:6] for person in crowd)
    assert any(person.mistyped and person.mistyped != person.name for person in crowd)
    assert any(person.late for person in crowd if person.months)
    renamed = [person for person in crowd if person.former_name]
    assert any(person.known_as(degree.awarded) != person.name for person in renamed for degree in person.degrees)
    assert any(person.known_as(TODAY) == person.name for person in renamed)
    case = crowd[0]
    assert (case.former_name, case.mistyped, case.late) == ("", "", 0)  # the demo's is clear


def test_owners_share_people_own_several_and_months_are_many(crowd: list[Person]) -> None:
    units = Counter(home.unit for person in crowd for home in person.homes)
    assert max(units.values()) == 2
    shares = Counter()  # type: ignore[var-annotated]
    for person in crowd:
        for home in person.homes:
            shares[home.unit] += int(home.share)
    assert set(shares.values()) == {100}
    assert any(len(person.homes) > 1 for person in crowd)
    assert any(len(person.degrees) > 1 for person in crowd)
    assert max(len(person.months) for person in crowd) == 30


def test_any_number_of_people_streams() -> None:
    tracemalloc.start()
    for _ in islice(people(10**9, 1, TODAY), 6_000):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_each_department_keeps_its_own_version(tmp_path: Path, url: str) -> None:
    world = World(tmp_path, url)
    asyncio.run(write_world(world, 3_000, 7, TODAY))

    async def fund() -> dict[str, str]:
        connection = await asyncpg.connect(url)
        try:
            return dict(
                await connection.fetch("SELECT r.xm, g.xingming FROM rk_jbxx r JOIN grzh g ON g.zjhm = r.gmsfhm")
            )
        finally:
            await connection.close()

    assert any(known != typed for known, typed in asyncio.run(fund()).items())
    with (world.drops / "职业资格.csv").open(encoding="utf-8-sig") as file:
        assert all(set(row["身份证号"]) <= set("０１２３４５６７８９Ｘ") for row in csv.DictReader(file))
    with (world.drops / "学位证书.csv").open(encoding="gb18030") as file:
        names = [row["姓名"] for row in csv.DictReader(file, delimiter=";")]
    assert len({dot for name in names for dot in "•‧・．·" if dot in name}) > 3
    with sqlite3.connect(world.tax_file) as store:
        newest = dict(store.execute("SELECT NSRSBH, max(SKSSQ) FROM payments GROUP BY 1"))
    store.close()
    assert len(set(newest.values())) > 1
