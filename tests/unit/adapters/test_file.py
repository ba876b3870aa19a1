"""Tests of file sources: malformed drops are refused, and the last good one is still served."""

import asyncio
import dataclasses
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from adapters import file
from adapters.errors import UnavailableError
from adapters.file import FileSource
from adapters.index import _positions, build_index
from adapters.source import Health
from adapters.spelling import KeyColumn
from registry.identifiers import SubjectKind
from tests.support.sources import (
    CITIZEN,
    ONE,
    ROWS,
    TWO,
    description,
    write_csv,
)


async def looked(source: FileSource) -> Health:
    """Return the health of a source after it has checked for, and read, a drop."""
    source._last_look = -10
    await source.health()
    if source._loading:
        await source._loading
    return await source.health()


async def test_a_malformed_drop_is_refused_and_the_last_good_one_is_served(tmp_path: Path) -> None:
    drop = tmp_path / "things.csv"
    write_csv(drop, ROWS)
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records

    async def replace(write: Callable[[], Any]) -> str:
        await asyncio.sleep(0.01)
        write()
        return (await looked(source)).detail

    for bad, rule in (
        ([*ROWS, ("123", "x", "1", "20200101", "1")], "row 6"),
        ([*ROWS, (ONE, "x", "1", "2020-01-01", "1")], "row 6: day"),
        ([*ROWS, (ONE, "x", "1")], "columns"),
        ([], "holds no row"),
        ([ROWS[0], ("",) * 5, ("123", "x", "1", "20200101", "1")], "row 4"),
    ):
        assert rule in await replace(lambda rows=bad: write_csv(drop, rows))
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records == {ONE: [{"name": "张三"}]}
    for header, rule in (("", "missing"), ("a,b,c\n", "missing"), ("SFZH,XM,XB,RQ,JE,JE\n", "twice")):
        assert rule in await replace(lambda header=header: drop.write_text(header))
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records == {ONE: [{"name": "张三"}]}
    assert "not a readable CSV" in await replace(lambda: drop.write_bytes(b"\xff\xfe\x00broken"))
    assert await replace(lambda: write_csv(drop, [(ONE, "改名", "1", "20200131", "1")])) == ""
    assert (await source.fetch(CITIZEN, [ONE, TWO], ["name"], 5)).records == {ONE: [{"name": "改名"}]}
    await source.close()
    assert not list((tmp_path / "indexes").glob("*.tmp"))


async def test_the_last_good_drop_outlives_the_process_that_read_it(tmp_path: Path) -> None:
    drop = tmp_path / "things.csv"
    write_csv(drop, ROWS)
    first = FileSource(description(), tmp_path, tmp_path / "indexes")
    before = await first.fetch(CITIZEN, [ONE], ["name"], 5)
    await first.close()
    for spoil in (lambda: write_csv(drop, [*ROWS, ("123", "x", "1", "20200101", "1")]), drop.unlink):
        await asyncio.sleep(0.01)
        spoil()
        again = FileSource(description(), tmp_path, tmp_path / "indexes")
        assert await again.fetch(CITIZEN, [ONE], ["name"], 5) == before
        health = await again.health()
        assert (health.ready, health.as_of) == (True, before.as_of)
        assert "row 6" in health.detail or "no drop" in health.detail
        await again.close()


async def test_rows_read_from_two_drops_are_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop = tmp_path / "things.csv"
    former = ROWS

    def torn(*arguments: Any) -> int:
        found = read(*arguments)
        write_csv(drop, [("123", "x", "1", "20200101", "1")])  # rewritten while it is read, and malformed
        os.utime(drop, (2_000_000_000, 2_000_000_000))
        return found

    read = _positions

    write_csv(drop, former)
    monkeypatch.setattr("adapters.index._positions", torn)
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    with pytest.raises(UnavailableError, match="replaced while it was read"):
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
    await source.close()
    monkeypatch.setattr("adapters.index._positions", read)
    again = FileSource(description(), tmp_path, tmp_path / "indexes")
    with pytest.raises(UnavailableError, match="row 2"):
        await again.fetch(CITIZEN, [ONE], ["name"], 5)
    await again.close()


async def test_an_older_file_put_back_is_the_drop_that_counts(tmp_path: Path) -> None:
    drop = tmp_path / "things.csv"
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    for at, name in ((30, "三"), (40, "四"), (10, "一"), (20, "二")):
        write_csv(drop, [(ONE, name, "1", "20200131", "1")])
        os.utime(drop, (at * 10**8, at * 10**8))
        assert (await looked(source)).detail == ""
        found = await source.fetch(CITIZEN, [ONE], ["name"], 5)
        assert (found.records, found.as_of.timestamp()) == ({ONE: [{"name": name}]}, at * 10**8)
    await source.close()


async def test_reading_a_drop_delays_no_answers_and_leaves_their_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()

    def slowly(*arguments: Any) -> int:
        held.wait(10)
        return build_index(*arguments)

    drop = tmp_path / "things.csv"
    write_csv(drop, ROWS)
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    before = await source.fetch(CITIZEN, [ONE], ["name"], 5)
    monkeypatch.setattr("adapters.file.build_index", slowly)
    write_csv(drop, [(ONE, "改名", "1", "20200131", "1")])
    os.utime(drop, (2_000_000_000, 2_000_000_000))
    source._last_look = -10
    assert await source.fetch(CITIZEN, [ONE], ["name"], 1) == before
    assert (await source.health()).ready  # while the former one is served, no query waits, and health is good
    held.set()
    await looked(source)
    after = await source.fetch(CITIZEN, [ONE], ["name"], 1)
    assert (after.records, after.as_of.timestamp()) == ({ONE: [{"name": "改名"}]}, 2_000_000_000)
    await source.close()


async def test_no_drop_at_all_is_unavailable(tmp_path: Path) -> None:
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    with pytest.raises(UnavailableError, match="no drop"):
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
    await source.close()


async def test_a_changed_description_is_not_answered_from_an_old_index(tmp_path: Path) -> None:
    from dataclasses import replace

    from adapters.description import Column

    write_csv(tmp_path / "things.csv", ROWS)
    first = description()
    swapped = replace(first, fields=dict(first.fields) | {"sex": Column("XB", {"1": "female", "2": "male"})})
    for shape, sex in ((first, "male"), (swapped, "female")):
        source = FileSource(shape, tmp_path, tmp_path / "indexes")
        assert (await source.fetch(CITIZEN, [ONE], ["sex"], 5)).records == {ONE: [{"sex": sex}]}
        await source.close()


async def test_an_index_is_private_and_kept_when_another_dataset_changes(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", ROWS)
    other = tmp_path / "indexes" / "test.things-more-1-2-abcdef01.sqlite"
    other.parent.mkdir()
    other.touch()
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    for row in ROWS:
        write_csv(tmp_path / "things.csv", [row, *ROWS])
        source._last_look = -10
        await source.fetch(CITIZEN, [ONE], ["name"], 5)
    await source.close()
    indexes = sorted((tmp_path / "indexes").iterdir())
    assert other in indexes
    assert len(indexes) == 3
    assert {path.stat().st_mode & 0o777 for path in indexes if path != other} == {0o600}


async def test_a_row_needs_one_of_several_kinds_of_key_and_a_blank_row_is_none(tmp_path: Path) -> None:
    shape = description()
    both = dataclasses.replace(
        shape,
        catalogue=dataclasses.replace(shape.catalogue, keys=(CITIZEN, SubjectKind.USCC)),
        keys={CITIZEN: KeyColumn("SFZH"), SubjectKind.USCC: KeyColumn("TYDM")},
    )

    lines = ["SFZH,TYDM,XM,XB,RQ,JE", f"{ONE},,张三,1,20200131,1", "", ",113205000000140157,局,1,20200131,1"]
    (tmp_path / "things.csv").write_text("\n".join(lines))
    source = FileSource(both, tmp_path, tmp_path / "indexes")
    assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records == {ONE: [{"name": "张三"}]}
    found = await source.fetch(SubjectKind.USCC, ["113205000000140157"], ["name"], 5)
    assert found.records == {"113205000000140157": [{"name": "局"}]}
    await source.close()


async def test_a_code_issued_irregularly_does_not_refuse_the_drop(tmp_path: Path) -> None:
    shape, kinds = description(), (SubjectKind.USCC, SubjectKind.IRREGULAR_USCC)
    catalogue = dataclasses.replace(shape.catalogue, keys=kinds)
    both = dataclasses.replace(shape, catalogue=catalogue, keys=dict.fromkeys(kinds, KeyColumn("TYDM")))

    lines = ["TYDM,XM,XB,RQ,JE", "113205000000140157,局,1,20200131,1", "113205000000140158,厂,1,20200131,1"]
    (tmp_path / "things.csv").write_text("\n".join(lines))
    source = FileSource(both, tmp_path, tmp_path / "indexes")
    for kind, code, name in zip(kinds, ("113205000000140157", "113205000000140158"), "局厂", strict=True):
        assert (await source.fetch(kind, [code], ["name"], 5)).records == {code: [{"name": name}]}
    await source.close()


async def test_a_number_of_two_kinds_is_found_as_either(tmp_path: Path) -> None:
    shape, kinds = description(), (SubjectKind.PASSPORT, SubjectKind.HONG_KONG_MACAO_PERMIT)
    catalogue = dataclasses.replace(shape.catalogue, keys=kinds)
    both = dataclasses.replace(shape, catalogue=catalogue, keys=dict.fromkeys(kinds, KeyColumn("ZJHM")))

    (tmp_path / "things.csv").write_text("ZJHM,XM,XB,RQ,JE\nH12345678,陈,1,20200131,1")
    source = FileSource(both, tmp_path, tmp_path / "indexes")
    for kind in kinds:
        found = await source.fetch(kind, ["H12345678"], ["name"], 5)
        assert found.records == {"H12345678": [{"name": "陈"}]}
    await source.close()


async def test_no_end_is_the_same_in_the_index_of_a_drop(tmp_path: Path) -> None:
    from adapters.columns import Column

    shape = description()
    ends = dataclasses.replace(
        shape, fields=dict(shape.fields) | {"day": Column("RQ", format="%Y%m%d", no_end=("长期", ""))}
    )

    rows = [(ONE, "张三", "1", "长期", "1"), (TWO, "李四", "1", "", "1"), ROWS[2]]
    write_csv(tmp_path / "things.csv", rows)
    source = FileSource(ends, tmp_path, tmp_path / "indexes")
    found = await source.fetch(CITIZEN, [ONE, TWO, ROWS[2][0]], ["day"], 5)
    assert [record[0]["day"] for record in found.records.values()] == ["9999-12-31", "9999-12-31", "2000-06-17"]
    await source.close()


async def test_a_workbook_that_cannot_be_opened_is_not_tried_again_each_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def counted(*arguments: Any) -> None:
        tried.append(arguments[1])
        build_index(*arguments)

    monkeypatch.setattr("adapters.file.build_index", counted)
    table = description().table
    with ZipFile(tmp_path / f"{table}.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
    locked = bytearray((tmp_path / f"{table}.xlsx").read_bytes())
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags that say: encrypted
        begin = -1
        while (begin := locked.find(header, begin + 1)) >= 0:
            locked[begin + at] |= 1
    (tmp_path / f"{table}.xlsx").write_bytes(locked)

    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    for _ in range(5):
        assert (await looked(source)).detail == "the drop cannot be read"
    assert len(tried) == 1
    write_csv(tmp_path / f"{table}.csv", ROWS)
    os.utime(tmp_path / f"{table}.csv", (2e9, 2e9))
    assert (await looked(source)).ready  # a new drop is taken up at once
    await source.close()


async def test_only_a_regular_file_is_a_drop(tmp_path: Path) -> None:
    async def run() -> Health:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "things.csv").symlink_to(tmp_path / "pipe")
        source = FileSource(description(), tmp_path, tmp_path / "indexes")
        try:
            async with asyncio.timeout(2):
                return await source.health()
        finally:
            with suppress(OSError):  # lets go of a reader that waits for a writer
                os.close(os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK))

    assert not (await run()).ready


async def test_a_drop_whose_writer_pauses_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop = tmp_path / "things.csv"

    write_csv(drop, ROWS)
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    await looked(source)
    monkeypatch.setattr(file, "QUIET_SECONDS", 5.0)
    write_csv(drop, ROWS[:1])
    await looked(source)
    assert (await source.fetch(CITIZEN, [TWO], ["name"], 5)).records
    os.utime(drop, (drop.stat().st_atime, drop.stat().st_mtime - 6))
    await looked(source)
    assert not (await source.fetch(CITIZEN, [TWO], ["name"], 5)).records
    await source.close()


async def test_a_drop_is_not_read_at_start_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "QUIET_SECONDS", 0.5)
    drop = tmp_path / "things.csv"

    write_csv(drop, ROWS[:1])
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    first = asyncio.create_task(source.fetch(CITIZEN, [TWO], ["name"], 5))
    await asyncio.sleep(0.1)
    write_csv(drop, ROWS)
    with pytest.raises(UnavailableError, match="written to a moment ago"):
        await first
    assert (await source.fetch(CITIZEN, [TWO], ["name"], 5)).records
    await source.close()


async def test_a_restart_serves_the_former_drop_while_the_next_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = tmp_path / "things.csv"

    write_csv(drop, ROWS)
    before = FileSource(description(), tmp_path, tmp_path / "indexes")
    await looked(before)
    await before.close()
    monkeypatch.setattr(file, "QUIET_SECONDS", 60.0)
    write_csv(drop, ROWS[:1])
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    assert (await source.fetch(CITIZEN, [TWO], ["name"], 5)).records
    assert (await source.health()).detail == "things.csv: was written to a moment ago"
    await source.close()


@pytest.mark.parametrize("ahead", [1, 3600])
async def test_a_drop_whose_time_is_ahead_is_read_once_it_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    drop = tmp_path / "things.csv"

    write_csv(drop, ROWS)
    source = FileSource(description(), tmp_path, tmp_path / "indexes")
    await looked(source)
    monkeypatch.setattr(file, "QUIET_SECONDS", 0.5)
    write_csv(drop, ROWS[:1])
    os.utime(drop, (0, drop.stat().st_mtime + ahead))
    await looked(source)
    assert (await source.fetch(CITIZEN, [TWO], ["name"], 5)).records
    await asyncio.sleep(0.6)
    await looked(source)
    assert not (await source.fetch(CITIZEN, [TWO], ["name"], 5)).records
    await source.close()
