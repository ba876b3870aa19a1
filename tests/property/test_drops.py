"""Property tests of drops: irregular or damaged rows are read as the true data, or refused."""

import csv
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from adapters.aside import read_not_known
from adapters.columns import Column
from adapters.description import Description
from adapters.errors import MalformedError
from adapters.index import build_index
from adapters.layout import BadRows, Layout
from adapters.spelling import KeyColumn
from registry.identifiers import citizen_check_character
from tests.support.sources import CITIZEN, description

HEADER = ("身份证号", "姓名", "性别", "日期", "金额")
NUMERALS = "〇一二三四五六七八九"
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Truth:
    key: str
    name: str
    day: date
    amount: Decimal


def chinese(number: int) -> str:
    if number <= 10:
        return "十" if number == 10 else NUMERALS[number]
    tens, ones = divmod(number, 10)
    return (NUMERALS[tens] if tens > 1 else "") + "十" + (NUMERALS[ones] if ones else "")


def numerals(day: date) -> str:
    year = "".join(NUMERALS[int(digit)] for digit in str(day.year))
    return f"{year}年{chinese(day.month)}月{chinese(day.day)}日"


Spell = Callable[[Any], Any]
KEYS: list[Spell] = [str, lambda key: f"'{key}", lambda key: f'="{key}"', lambda key: f"\xa0{key}\u3000", lambda key: key.translate(WIDE), str.lower]  # fmt: skip
DAYS: list[Spell] = [
    date.isoformat, lambda day: f"{day:%Y%m%d}", lambda day: f"{day.year}/{day.month}/{day.day}", lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日", numerals, lambda day: f"{day}T00:30:00", lambda day: str((day - date(1899, 12, 30)).days),
    lambda day: f"{datetime(day.year, day.month, day.day) - timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}",
]  # fmt: skip
AMOUNTS: list[Spell] = [str, lambda amount: f"{amount:,}", lambda amount: f"￥{amount}", lambda amount: f" ¥{amount:,}\xa0", lambda amount: str(amount).translate(WIDE)]  # fmt: skip
DAMAGED_KEYS: list[Spell] = [
    *KEYS,
    lambda key: f"{int(key[:17]) * 10:.5E}",
    lambda key: key[:17],
    lambda _: "",
]
DAMAGED_DAYS: list[Spell] = [
    *DAYS,
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day:%y-%m-%d}",
    lambda day: f"{day:%G-W%V-%u}",
    lambda _: "长期",
]
KINDS = st.sampled_from(["csv", "xlsx"])
CELLS: list[Spell] = [lambda key: int(key) if key.isdigit() else key, lambda _: "#N/A", lambda _: "=1+1"]


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    birth = draw(st.dates(date(1930, 1, 1), date(2020, 12, 31)))
    first = f"{draw(st.sampled_from(['110105', '650102', '320502']))}{birth:%Y%m%d}{draw(st.integers(0, 999).filter(lambda number: number % 100)):03}"
    name = draw(st.text(st.sampled_from("张三李四王五赵六欧阳买提·䶮"), min_size=2, max_size=6)).strip("·") or "张"
    day = draw(st.dates(date(1992, 1, 1), date(2030, 12, 31)))
    return Truth(first + citizen_check_character(first), name, day, draw(st.decimals(0, 10**7, places=2)))


def shape(bad_rows: BadRows) -> Description:
    found = description()
    columns = [Column(HEADER[1]), Column(HEADER[2], {"1": "male", "2": "female"}), Column(HEADER[3], format=("year_first", "%Y%m%d", "excel")), Column(HEADER[4])]  # fmt: skip
    fields = dict(zip(found.fields, columns, strict=True))
    return replace(found, keys={CITIZEN: KeyColumn(HEADER[0])}, fields=fields, drop=Layout(on_bad_row=bad_rows))


def write_csv(folder: Path, rows: list[list[Any]], encoding: str, delimiter: str) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *rows])
    drop = folder / "things.csv"
    drop.write_bytes(text.getvalue().encode(encoding))
    return drop


def write_xlsx(folder: Path, rows: list[list[Any]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, *rows]:
        sheet.append(row)
    for row in sheet.iter_rows():
        for cell in row:
            if str(cell.value).startswith('="'):
                cell.data_type = "s"
    book.save(folder / "things.xlsx")
    return folder / "things.xlsx"


def read(drop: Path, wanted: Description) -> tuple[list[tuple[Any, ...]], Any]:
    import sqlite3
    from contextlib import closing

    index = drop.with_name("index.sqlite")
    build_index(wanted, drop, index, lambda: True)
    with closing(sqlite3.connect(index)) as connection:
        rows = connection.execute(
            'SELECT key_citizen_id, name, sex, day, amount FROM records ORDER BY "row"'
        ).fetchall()
    return rows, read_not_known(index)


def truth_of(item: Truth) -> tuple[str, ...]:
    return item.key, item.name, "male", item.day.isoformat(), format(item.amount, "f")


@st.composite
def spelled(draw: st.DrawFn, keys: list[Spell], days: list[Spell]) -> tuple[Truth, list[Any]]:
    item = draw(truths())
    row = [draw(st.sampled_from(keys))(item.key), f"{item.name}\u3000", "１", draw(st.sampled_from(days))(item.day), draw(st.sampled_from(AMOUNTS))(item.amount)]  # fmt: skip
    return item, row


@settings(deadline=None, max_examples=120)
@given(
    st.lists(spelled(KEYS, DAYS), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]), st.sampled_from(",;\t"), KINDS,
)  # fmt: skip
def test_a_drop_is_read_as_it_was_meant_however_it_is_spelled(
    rows: list[tuple[Truth, list[Any]]], encoding: str, delimiter: str, kind: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = [row for _, row in rows]
        drop = (
            write_xlsx(Path(folder), cells) if kind == "xlsx" else write_csv(Path(folder), cells, encoding, delimiter)
        )
        assert read(drop, shape(BadRows.REFUSE))[0] == [truth_of(item) for item, _ in rows]


# The first 15 digits of the first id, with 000, are the sound id of another person.
CUT_BY_CHANCE: list[tuple[Truth, list[Any]]] = [
    (Truth(key, "张", date(2000, 1, 1), Decimal("0.00")), [key, "张", "１", "2000-01-01", "0.00"])
    for key in ("320502200001014019", "32050220020101139X")
]
CUT_AND_BAD = [(CUT_BY_CHANCE[0][0], [*CUT_BY_CHANCE[0][1][:3], "01/01/2000", "0.00"]), CUT_BY_CHANCE[1]]


@settings(deadline=None, max_examples=150)
@given(
    st.lists(spelled([*DAMAGED_KEYS, *CELLS], [*DAMAGED_DAYS, *CELLS[1:]]), min_size=1, max_size=8),
    KINDS,
    st.sampled_from(["whole", "cut"]),
)
@example(CUT_BY_CHANCE, "csv", "cut")
@example(CUT_AND_BAD, "csv", "cut")
def test_a_damaged_drop_says_the_truth_or_that_it_does_not_know(
    rows: list[tuple[Truth, list[Any]]], kind: str, ids: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = [row for _, row in rows]
        if ids == "cut":  # as a spreadsheet does: every id that can be a number, and none with an X
            cells = [[item.key[:15] + "000" if item.key.isdigit() else row[0], *row[1:]] for item, row in rows]
        drop = write_xlsx(Path(folder), cells) if kind == "xlsx" else write_csv(Path(folder), cells, "utf-8", ",")
        try:
            found, not_known = read(drop, shape(BadRows.SET_ASIDE))
        except MalformedError:
            return
        true = [truth_of(item) for item, _ in rows]
        assert set(found) <= set(true)
        lost = {item[0] for item in true if item not in found}
        assert lost <= set(not_known.malformed.get(CITIZEN, {})) or not_known.incomplete
