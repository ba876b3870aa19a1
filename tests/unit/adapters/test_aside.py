"""Tests of rows set aside: they are counted and listed, and leave matching claims unknown."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook

from adapters import aside
from adapters.aside import list_of
from adapters.description import Description
from adapters.errors import UnavailableError
from adapters.file import FileSource
from adapters.layout import BadRows, Layout, Merged
from adapters.source import Fetched, Health
from tests.support.sources import BROKEN, CITIZEN, DOUBLE, HEADER, NOBODY, ONE, ROWS, TWO, description, write_csv

ASIDE = Layout(on_bad_row=BadRows.SET_ASIDE)
BAD_DAY = (BROKEN, "王五", "1", "nowhen", "1")
BAD_KEY = ("110105200001010017", "王五", "1", "20200101", "1")
NO_VALUE = "the source's value is not of the field's type"
KEYS = [ONE, TWO, DOUBLE, BROKEN, NOBODY]


def laid_out(layout: Layout = ASIDE, *, single: bool = False) -> Description:
    return replace(description(single=single), drop=layout)


def answered(folder: Path, shape: Description, keys: list[str] = KEYS) -> tuple[Fetched, Health]:
    async def run() -> tuple[Fetched, Health]:
        source = FileSource(shape, folder, folder / "indexes")
        try:
            return await source.fetch(CITIZEN, keys, ["name", "amount"], 5), await source.health()
        finally:
            await source.close()

    return asyncio.run(run())


def test_a_bad_row_leaves_its_subject_unknown_and_no_other(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, BAD_DAY, (ONE, "又", "9", "20200131", "1")])
    for _ in range(2):  # also from the index that another process made
        found, health = answered(tmp_path, laid_out())
        assert (set(found.records), found.malformed, found.incomplete) == (
            {TWO, DOUBLE},
            {BROKEN: f"day: {NO_VALUE}", ONE: f"sex: {NO_VALUE}"},
            "",
        )
        assert (health.ready, health.rows_aside) == (True, 2)
    listed = list_of(tmp_path / "things.csv")
    assert listed.read_text(encoding="utf-8").split() == f"line,field,rule 6,day,{NO_VALUE} 7,sex,{NO_VALUE}".split()
    assert listed.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("key", [BAD_KEY[0], "", "1.10105E+17", "张三"])
def test_with_an_unreadable_key_absence_of_records_is_unproven(tmp_path: Path, key: str) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, (key, *BAD_KEY[1:])])
    found, _ = answered(tmp_path, laid_out())
    assert (set(found.records), found.malformed, found.incomplete) == ({ONE, TWO, DOUBLE}, {}, "ROWS_SET_ASIDE")
    assert "6,citizen_id," in list_of(tmp_path / "things.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("single", [False, True])
def test_of_two_owners_in_a_bad_cell_the_one_that_can_be_read_is_unknown(tmp_path: Path, *, single: bool) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS[:2], (f"{ONE}、{BAD_KEY[0]}", *BAD_KEY[1:])])
    found, _ = answered(tmp_path, replace(description(single=single, separator="、"), drop=ASIDE))
    assert (set(found.records), set(found.malformed), found.incomplete) == ({TWO}, {ONE}, "ROWS_SET_ASIDE")


def test_owners_on_lines_of_one_cell_have_the_record_each(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [(f"{ONE}\r\n {TWO}\n", *ROWS[0][1:]), ROWS[2]])
    found, _ = answered(tmp_path, description(separator="\n"))
    assert set(found.records) == {ONE, TWO, DOUBLE}


def test_a_row_of_another_width_is_set_aside_whole(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, (BROKEN, "王五")])
    assert answered(tmp_path, laid_out())[0].incomplete == "ROWS_SET_ASIDE"


def test_without_that_setting_the_drop_is_refused_and_nothing_is_listed(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, BAD_DAY])
    with pytest.raises(UnavailableError, match="row 6: day"):
        answered(tmp_path, laid_out(Layout()))
    assert not list_of(tmp_path / "things.csv").exists()


def test_two_records_of_one_who_can_have_only_one_are_set_aside(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", ROWS)
    found, health = answered(tmp_path, laid_out(single=True))
    assert (set(found.records), found.malformed, health.rows_aside) == (
        {ONE, TWO},
        {DOUBLE: "citizen_id: more than one record for a subject that can have only one"},
        2,
    )


def test_ids_cut_to_fifteen_digits_do_not_become_someone_else_s(tmp_path: Path) -> None:
    cut = "110105194912310" + "000"  # breaks the check digit; the other one meets it by chance
    by_chance = next(
        key for month in range(1, 13) for day in range(1, 29) if _sound(key := f"1101051949{month:02}{day:02}0000")
    )
    rows = [(cut, "甲", "1", "20200131", "1"), (by_chance, "乙", "1", "20200131", "1"), ROWS[0]]
    write_csv(tmp_path / "things.csv", rows)
    found, _ = answered(tmp_path, laid_out(), [ONE, by_chance])
    assert (set(found.records), set(found.malformed), found.incomplete) == ({ONE}, {by_chance}, "ROWS_SET_ASIDE")


def test_a_drop_whose_ids_all_end_in_three_zeros_is_doubtful(tmp_path: Path) -> None:
    cut = next(
        key for month in range(1, 13) for day in range(1, 29) if _sound(key := f"1101051949{month:02}{day:02}0000")
    )
    write_csv(
        tmp_path / "things.csv", [(cut, "甲", "1", "20200131", "1"), ROWS[2]]
    )  # an id with an X was never a number
    with pytest.raises(UnavailableError, match="row 2: citizen_id: an id that a spreadsheet may have cut"):
        answered(tmp_path, laid_out(Layout()))
    found, _ = answered(tmp_path, laid_out(), [cut, ROWS[2][0]])  # any id with the same 15 digits may be meant
    assert (set(found.malformed), found.incomplete) == ({cut}, "ROWS_SET_ASIDE")
    write_csv(tmp_path / "things.csv", [(cut, "甲", "1", "20200131", "1"), ROWS[0]])
    assert set(answered(tmp_path, laid_out(Layout()), [cut, ONE])[0].records) == {cut, ONE}


def _sound(key: str) -> bool:
    from registry.errors import IdentifierError
    from registry.identifiers import parse_identifier

    try:
        return parse_identifier(CITIZEN, key) == key
    except IdentifierError:
        return False


def test_a_good_drop_takes_its_predecessor_s_list_away(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, BAD_DAY])
    answered(tmp_path, laid_out())
    assert list_of(tmp_path / "things.csv").exists()
    write_csv(tmp_path / "things.csv", ROWS)
    found, health = answered(tmp_path, laid_out())
    assert (found.malformed, health.rows_aside, health.detail) == ({}, 0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["indexes", "things.csv"]


def test_too_many_bad_rows_are_a_bad_drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "MAX_ASIDE", 1)
    write_csv(tmp_path / "things.csv", [*ROWS, BAD_DAY, BAD_KEY])
    with pytest.raises(UnavailableError, match="more than 1 rows do not fit"):
        answered(tmp_path, laid_out())


def test_a_row_without_a_key_is_listed_as_that(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, (" ", "张三", "1", "20200131", "1")])
    answered(tmp_path, laid_out())
    assert list_of(tmp_path / "things.csv").read_text().splitlines()[1:] == ["6,citizen_id,no key"]


@pytest.mark.parametrize(
    "total", [("合计", "", "", "", "99"), ("", "合 计：", "", "", "99"), ("总计", "小计", "", "", "99")]
)
def test_a_row_of_totals_is_left_out_only_where_the_description_says_so(tmp_path: Path, total: tuple[str, ...]) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, total])
    with pytest.raises(UnavailableError, match="row 6: row: a sum of other rows"):
        answered(tmp_path, laid_out(Layout()))
    found, health = answered(tmp_path, laid_out(Layout(skip_totals=True)))
    assert (set(found.records), found.incomplete, health.rows_aside) == ({ONE, TWO, DOUBLE}, "", 0)


@pytest.mark.parametrize("merged", ["A3:C3", "A3:A4", "A3:C4"])
def test_a_row_of_totals_is_known_by_a_merged_cell_too(tmp_path: Path, merged: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, ROWS[0], ("合计", "", "", "", "99"), ("", "", "", "", "98")]:
        sheet.append(row)
    sheet.merge_cells(merged)
    if merged == "A3:C3":
        sheet.delete_rows(4)
    book.save(tmp_path / "things.xlsx")
    with pytest.raises(UnavailableError, match="row 3: row: a sum of other rows"):
        answered(tmp_path, laid_out(Layout()))
    for layout in (Layout(skip_totals=True), Layout(skip_totals=True, merged=Merged.FILL)):
        assert set(answered(tmp_path, laid_out(layout))[0].records) == {ONE}


def test_a_zero_character_beside_a_bad_key_is_a_bad_row_alone(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [*ROWS, (BAD_KEY[0], "\x00", "1", "20200101", "1")])
    assert answered(tmp_path, laid_out())[0].incomplete == "ROWS_SET_ASIDE"


def test_a_person_may_be_called_as_a_total_is(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [(ONE, "合计", "1", "20200131", "1")])
    assert answered(tmp_path, laid_out(Layout(skip_totals=True)))[0].records == {ONE: [{"name": "合计", "amount": "1"}]}
    write_csv(
        tmp_path / "things.csv", [ROWS[1], (ONE, "合计", "9", "20200131", "1")]
    )  # who is no total if a value is bad
    assert set(answered(tmp_path, laid_out(replace(ASIDE, skip_totals=True)))[0].malformed) == {ONE}


def test_a_merged_key_is_refused_or_used_for_all_its_rows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, (ONE, "张三", "1", "20200131", "1"), ("", "张三", "1", "20200131", "2"), ROWS[1]]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "things.xlsx")
    with pytest.raises(UnavailableError, match="row 2: citizen_id: a cell that is merged"):
        answered(tmp_path, laid_out(Layout()))
    filled = laid_out(Layout(merged=Merged.FILL))
    records = answered(tmp_path, filled)[0].records
    assert [record["amount"] for record in records[ONE]] == ["1", "2"]
    sheet["A2"] = f"'{ONE}"
    book.save(tmp_path / "things.xlsx")
    assert len(answered(tmp_path, filled)[0].records[ONE]) == 2
    sheet.merge_cells("E2:E3")  # an amount that is shown once is not two
    book.save(tmp_path / "things.xlsx")
    assert "row 2: amount: a cell that is merged" in answered(tmp_path, filled, [ONE])[1].detail


def test_a_cell_merged_over_key_and_value_is_neither(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, ROWS[0], ROWS[1]]:
        sheet.append(row)
    sheet.merge_cells("A2:B2")
    book.save(tmp_path / "things.xlsx")
    found, _ = answered(tmp_path, laid_out(replace(ASIDE, merged=Merged.FILL)))
    assert (set(found.records), found.incomplete) == ({TWO}, "ROWS_SET_ASIDE")


def test_a_faulty_cell_in_a_column_that_is_not_described_harms_nothing(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEADER, "备注"])
    sheet.append([*ROWS[0], "#N/A"])
    sheet.append([*ROWS[1][:4], "=1+1", ""])
    book.save(tmp_path / "things.xlsx")
    found, _ = answered(tmp_path, laid_out())
    assert (set(found.records), found.malformed) == (
        {ONE},
        {TWO: "amount: cell E3 holds a formula whose value was never saved"},
    )


def test_a_row_that_is_set_aside_for_one_owner_is_so_for_the_others(tmp_path: Path) -> None:
    write_csv(tmp_path / "things.csv", [(f"{ONE}、{TWO}", *ROWS[0][1:]), ROWS[0], ROWS[2]])
    found, health = answered(tmp_path, replace(description(single=True, separator="、"), drop=ASIDE))
    assert (set(found.records), set(found.malformed), health.rows_aside) == ({DOUBLE}, {ONE, TWO}, 2)
