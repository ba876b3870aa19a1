"""Tests of ``yici source check``: findings name place, rule and count before a node serves the store."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.checking import Checked, Problem
from exchange.cli import language
from exchange.cli.source import check_datasets
from exchange.settings import load_settings
from registry.errors import NotOnRecordError
from tests.support.sources import ROWS, department, mariadb_of_one

YICI = Path(sys.executable).parent / "yici"
GOOD, OTHER = "110105194912310011", "650102199406180284"
THINGS = """
catalogue:
  id: test.things
  title: 事
  title_en: Things
  source: "113205000000140157"
  sharing: conditional
  keys: [citizen_id]
  update_cycle: daily
  fields:
    - {name: name, title: 姓名, title_en: Name}
    - {name: sex, title: 性别, title_en: Sex, type: code, codes: {male: 男, female: 女}}
    - {name: day, title: 日, title_en: Day, type: date}
connection: store
table: things
keys: {citizen_id: SFZH}
fields:
  name: {column: XM}
  sex: {column: XB, codes: {"1": male, "2": female}}
  day: {column: RQ, format: "%Y%m%d"}
"""
DIRT = [
    (GOOD, "张三", "1", "20200131"), (f" {OTHER}", "李四", "2", "20200131"), (OTHER, "王五", "9", "2020-01-31"),
    ("12", "赵六", "1", "20200131"), (OTHER, "å¼\xa0ä¸\x89", "1", "20200131"), (OTHER, "马\ufffd", "1", "20200131"),
]  # fmt: skip


def _folder(data: Path, connection: str, text: str = THINGS) -> Path:
    (data / "datasets").mkdir()
    (data / "datasets" / "things.yaml").write_text(text)
    (data / "yici.toml").write_text(f"[connections.store]\n{connection}\n")
    return data


def _sqlite(data: Path, rows: list[tuple[str, ...]], text: str = THINGS) -> Path:
    with sqlite3.connect(data / "things.sqlite") as store:
        store.execute("CREATE TABLE things (SFZH TEXT, XM TEXT, XB TEXT, RQ TEXT, JE TEXT)")
        store.executemany("INSERT INTO things VALUES (?, ?, ?, ?, '')", rows)
    store.close()
    return _folder(data, f'kind = "sql"\nurl = "sqlite:///{data / "things.sqlite"}"', text)


def _check(data: Path, rows: int = 100) -> Checked:
    (found,) = asyncio.run(check_datasets(load_settings(data), "test.things", rows))
    return found


def _said(found: Checked) -> dict[tuple[str, str], tuple[int, tuple[int, ...]]]:
    return {(str(item.problem), item.where): (item.count, item.rows) for item in found.findings}


def test_findings_of_a_messy_table_have_field_rule_and_row_but_no_value(tmp_path: Path) -> None:
    found = _check(_sqlite(tmp_path, DIRT))
    assert _said(found) == {
        ("key", "keys.citizen_id"): (2, (2, 4)), ("code", "fields.sex"): (1, (3,)), ("value", "fields.day"): (1, (3,)),
        ("encoding", "table"): (1, (5,)), ("unreadable", "fields.name"): (2, (5, 6)),
    }  # fmt: skip
    assert (found.rows, found.encoding) == (6, "UTF-8")
    assert [item.detail for item in found.findings if item.problem == "code"] == ["unknown codes: 9"]
    assert not any(secret in repr(found.findings) for secret in ("2020-01-31", "王五", GOOD, OTHER))


@pytest.mark.parametrize("wrong", ["王五", OTHER, "13912345678", "Wang Wu"])
def test_a_value_of_a_wrong_column_is_not_shown_as_a_code(tmp_path: Path, wrong: str) -> None:
    found = _check(_sqlite(tmp_path, [(GOOD, "张三", wrong, "20200131")]))
    assert [item.detail for item in found.findings] == ["unknown codes: not shown"]


def test_a_damaged_cell_of_a_drop_is_reported_by_its_field(tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text(
        f"SFZH,XM,XB,RQ\n{GOOD},=A1,1,20200131\n{OTHER},Li,1,1.23E+05\n{GOOD},Li,1,20200131\n"
    )
    found = _check(_folder(tmp_path, f'kind = "file"\nfolder = "{tmp_path}"'))
    assert _said(found) == {
        ("drop", "drop"): (2, (2, 3)), ("value", "fields.name"): (1, (2,)), ("value", "fields.day"): (1, (3,)),
    }  # fmt: skip
    assert "a formula instead of a value" in [item.detail for item in found.findings]


def test_values_are_read_of_so_many_rows_and_keys_of_all(tmp_path: Path) -> None:
    found = _check(_sqlite(tmp_path, DIRT), rows=1)
    assert [(item.problem, item.count) for item in found.findings] == [(Problem.KEY, 2)]
    assert found.rows == 1


def test_the_count_is_handed_to_the_node_of_the_data_folder(tmp_path: Path) -> None:
    data = _sqlite(tmp_path, DIRT)
    _check(data)
    assert not (data / "counts").exists()
    (data / "counts").mkdir()
    _check(data)
    kept = json.loads((data / "counts" / "test.things.json").read_text())
    assert (kept["total"], kept["unreachable"]) == (6, 2)


def test_a_clean_store_has_no_finding(tmp_path: Path) -> None:
    assert _check(_sqlite(tmp_path, DIRT[:1])).findings == []


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (("table: things", "table: thing"), "table", "no such table"), (("XM", "XN"), "fields.name.column", "XN"),
        (("connection: store", "connection: gone"), "connection", "no connection gone"),
        (("name: {column: XM}", "nam: {column: XM}"), "things.yaml", "fields.nam: is no field of the catalogue"),
        (("  name: {column: XM}\n", ""), "things.yaml", "fields.name: has no column here"),
        (("table: things", "tabel: things"), "things.yaml", "tabel: no such key; there are catalogue, connection, "),
        (("table: things", "table: things\ntable: x"), "things.yaml", "table is there twice, in lines 15 and 16"),
        (('"113205000000140157"', "113205000000140157"), "things.yaml", "catalogue.source: must be text; "),
        (("table: things", "table: things\nsingle: 是"), "things.yaml", "single: must be true or false"),
        (("table: things", "table: things\ndrop: {header_row: 二}"), "things.yaml", "header_row: must be a whole number"),
        (('{"1": male', "{1: male"), "things.yaml", "fields.sex.codes[1]: must be text; "),
    ],
)  # fmt: skip
def test_an_error_of_a_store_names_the_key_of_the_description(
    change: tuple[str, str], where: str, said: str, tmp_path: Path
) -> None:
    (finding, *_) = _check(_sqlite(tmp_path, DIRT, THINGS.replace(*change))).findings
    assert finding.where == where
    assert said in f"{finding.detail}"


def test_a_database_without_an_encoding_and_with_gbk_bytes_is_reported(tmp_path: Path, url: str) -> None:
    async def make() -> None:
        server = await asyncpg.connect(url)
        await server.execute(
            "CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        await server.close()
        store = await asyncpg.connect(url, database="bytes")
        await store.execute('CREATE TABLE things ("SFZH" text, "XM" text, "XB" text, "RQ" text)')
        gbk = "张三".encode("gbk")
        await store.execute(
            """INSERT INTO things VALUES ($1, convert_from($2, 'SQL_ASCII'), '1', '20200131')""", GOOD, gbk
        )
        await store.close()

    asyncio.run(make())
    address = url.replace(url.rpartition("?")[0].rpartition("/")[2], "bytes")
    found = _check(_folder(tmp_path, f'kind = "sql"\nurl = "{address}"'))
    assert found.encoding == "SQL_ASCII, GB18030"
    assert [(item.problem, item.where) for item in found.findings] == [("encoding", "table")]


@pytest.mark.parametrize("user", ["stranger:secret", "postgres:secret"])
def test_refused_and_unanswered_connections_are_reported_by_name(user: str, tmp_path: Path, url: str) -> None:
    address = (
        url.replace("postgres:@", f"{user}@") if user.startswith("stranger") else f"postgresql://{user}@127.0.0.1:1/x"
    )
    found = _check(_folder(tmp_path, f'kind = "sql"\nurl = "{address}"'))
    assert _said(found) == {("connection", "connection"): (0, ())}
    assert "secret" not in repr(found)


def test_a_drop_is_checked_with_its_encoding_and_age(tmp_path: Path) -> None:
    (tmp_path / "drops").mkdir()
    drop = tmp_path / "drops" / "things.csv"
    drop.write_text("SFZH,XM,XB,RQ\n" + "\n".join(",".join(row) for row in DIRT[:4]), encoding="utf-8-sig")
    os.utime(drop, (1_600_000_000, 1_600_000_000))
    _folder(tmp_path, 'kind = "file"\nfolder = "drops"')
    found = _check(tmp_path)
    assert found.encoding == "UTF-8 with BOM"
    assert found.as_of is not None
    assert found.as_of.timestamp() == 1_600_000_000
    assert _said(found) == {
        ("drop", "drop"): (2, (4, 5)),
        ("key", "keys.citizen_id"): (1, (5,)), ("code", "fields.sex"): (1, (4,)), ("value", "fields.day"): (1, (4,)),
    }  # fmt: skip
    drop.unlink()
    assert "no drop things" in _check(tmp_path).findings[0].detail


def _drop(tmp_path: Path, rows: list[str], drop: str = "", name: str = "things.csv") -> Checked:
    (tmp_path / "drops").mkdir()
    (tmp_path / "drops" / name).write_text("\n".join(["SFZH,XM,XB,RQ", *rows]), encoding="utf-8")
    return _check(_folder(tmp_path, 'kind = "file"\nfolder = "drops"', THINGS + drop), rows=2)


def test_a_drop_is_refused_by_the_check_where_a_node_refuses_it(tmp_path: Path) -> None:
    found = _drop(tmp_path, [f"{GOOD},张三,1,20200131", f"{OTHER},李四,2,20200131", f"{OTHER},王五,9,20200131"])
    assert _said(found) == {("drop", "drop"): (1, (4,)), ("value", "sex"): (1, (4,))}  # beyond the rows read
    assert found.rows == 2


def test_well_formed_ids_that_a_spreadsheet_cut_are_reported(tmp_path: Path) -> None:
    cut = "110105194912010000"  # its check digit is right by chance
    found = _drop(tmp_path, [f"{GOOD},张三,1,20200131", f"{cut},李四,1,20200131", "110105194912310000,王五,1,20200131"])
    assert [item.rows for item in found.findings if "cut to 15 digits" in item.detail] == [(3,)]


def test_a_drop_without_a_fitting_row_is_reported(tmp_path: Path) -> None:
    found = _drop(tmp_path, ["12,张三,1,20200131"])
    assert [item.detail for item in found.findings if item.where == "drop"] == ["things.csv: holds no row that fits"]


def test_a_missing_folder_is_distinguished_from_one_without_the_drop(tmp_path: Path) -> None:
    data = _folder(tmp_path, 'kind = "file"\nfolder = "drops"')
    assert _check(data).findings[0].detail == "the folder of its connection is not there"
    (tmp_path / "drops").mkdir()
    assert _check(data).findings[0].detail.startswith("no drop things ")


def test_rows_that_the_description_skips_are_no_finding(tmp_path: Path) -> None:
    rows = [f"{GOOD},张三,1,20200131", "合计,,1,"]
    assert _drop(tmp_path, rows, "drop: {skip_totals: true}").findings == []
    whole = (tmp_path / "datasets" / "things.yaml").read_text().replace("skip_totals: true", "on_bad_row: set aside")
    (tmp_path / "datasets" / "things.yaml").write_text(whole)
    assert ("drop", "drop") in _said(_check(tmp_path))
    assert not (tmp_path / "drops" / "things.csv.bad.txt").exists()  # a check changes nothing


def test_characters_of_gbk_that_a_node_reads_are_no_finding(tmp_path: Path) -> None:
    assert _check(_sqlite(tmp_path, [(GOOD, "\ue863某", "1", "20200131")])).findings == []


def test_unreachable_keys_are_reported_with_the_setting_to_change(tmp_path: Path) -> None:
    keys = [
        f" {GOOD}",
        "".join(chr(ord(item) + 0xFEE0) for item in GOOD),
        "110105491231001",
        f"{GOOD}、{OTHER}",
        "12",
        "",
    ]
    (found,) = _check(_sqlite(tmp_path, [(key, "张三", "1", "20200131") for key in keys])).findings
    assert found.count == 6
    for reason in (
        "blanks around 1",
        "full width 1",
        "15 digits 1",
        "several in one cell 1",
        "no identifier 1",
        "no key 1",
    ):
        assert reason in found.detail


def test_a_wrong_description_is_reported_in_the_users_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "chinese", lambda: True)
    for rule in (
        "fields.colum: no such key; there are a, b", "table: is required", "table is there twice, in lines 14 and 15",
        "not YAML, line 3", "must be a readable UTF-8 file", "fields.x: has no column here; fields and catalogue fields must be the same",
        "catalogue.source: must be text; what looks like a number, a date, yes or no goes in quotation marks", "catalogue.sharing: one of a, b, c",
    ):  # fmt: skip
        assert re.search("[\u4e00-\u9fff]", language.say(rule)), rule


@pytest.mark.parametrize("kind", ['kind = "http"', ""])
def test_an_unknown_connection_is_reported_with_the_existing_ones(kind: str, tmp_path: Path) -> None:
    (finding,) = _check(_folder(tmp_path, f'{kind}\nfolder = "."')).findings
    assert (finding.where, finding.detail) == ("connections.store", "its kind must be sql, rest or file")


def test_a_folder_without_descriptions_is_reported_and_not_clean(tmp_path: Path) -> None:
    (_folder(tmp_path, 'kind = "file"\nfolder = "."') / "datasets" / "things.yaml").unlink()
    with pytest.raises(NotOnRecordError, match="no description in it"):
        asyncio.run(check_datasets(load_settings(tmp_path), "", 5))
    (tmp_path / "datasets" / "things.yml").write_text(THINGS)
    (finding,) = _check(tmp_path).findings
    assert (finding.where, finding.detail) == ("things.yml", "only files that end in .yaml are read")
    (tmp_path / "datasets" / "things.yaml").write_text(THINGS)
    assert [item.where for item in _check(tmp_path).findings] == ["connection"]


def test_padding_of_a_char_column_is_no_reason_and_hides_no_code(tmp_path: Path, url: str) -> None:
    async def make() -> None:
        store = await asyncpg.connect(url)
        await store.execute('CREATE TABLE things ("SFZH" char(18), "XM" text, "XB" char(3), "RQ" text)')
        for key in (GOOD, "110105491231001", "12"):
            await store.execute("INSERT INTO things VALUES ($1, '张三', '9', '20200131')", key)
        await store.close()

    asyncio.run(make())
    found = _check(_folder(tmp_path, f'kind = "sql"\nurl = "{url}"'))
    assert [(item.where, item.count) for item in found.findings] == [("keys.citizen_id", 2), ("fields.sex", 3)]
    assert "(of the rows read: 15 digits 1, no identifier 1)" in found.findings[0].detail
    assert found.findings[1].detail == "unknown codes: 9"


def test_mariadb_columns_are_distinguished_and_found_keys_are_no_finding(tmp_path: Path) -> None:
    async def run(address: str, *statements: str) -> None:
        engine = create_async_engine(address.replace("mariadb://", "mariadb+aiomysql://"))
        async with engine.begin() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)
        await engine.dispose()

    columns = "SFZH varchar(30), XM varchar(30) character set latin1, XB varchar(3) character set gbk, RQ varchar(8)"
    row = "'Li', '1', '20200131'"
    with mariadb_of_one() as address:
        asyncio.run(
            run(
                address,
                "DROP TABLE IF EXISTS things",
                f"CREATE TABLE things ({columns}) CHARACTER SET utf8mb4",
                f"INSERT INTO things VALUES ('{GOOD} ', {row}), ('{OTHER}  ', {row}), ('12', {row})",
            )
        )
        found = _check(_folder(tmp_path, f'kind = "sql"\nurl = "{address}"'))
    assert found.encoding == "gbk, latin1, utf8mb4"
    assert [(item.where, item.detail.partition(" (")[2] or item.detail) for item in found.findings] == [
        ("table", "the store keeps no Chinese as such: latin1"),
        ("keys.citizen_id", "of the rows read: no identifier 1)"),
    ]


async def test_a_service_is_checked_by_its_answer(tmp_path: Path) -> None:
    async with department(ROWS) as (_, address):
        _folder(tmp_path, f'kind = "rest"\nbase_url = "{address}"')
        (found,) = await check_datasets(load_settings(tmp_path), "", 5)
        assert (found.findings, found.rows) == ([], None)
        (tmp_path / "datasets" / "things.yaml").write_text(THINGS + 'rest: {rows: "data.list"}\n')
        (found,) = await check_datasets(load_settings(tmp_path), "", 5)
        assert "no object where data.list belongs" in found.findings[0].detail


@pytest.mark.parametrize(
    ("language", "said"), [("en", "keys that no question can reach"), ("zh", "查询无法命中的主键")]
)
def test_the_command_speaks_both_languages_and_ends_with_1_on_findings(
    language: str, said: str, tmp_path: Path
) -> None:
    _sqlite(tmp_path, DIRT)
    environment = os.environ | {"YICI_LANG": language, "YICI_DATA": str(tmp_path), "TERM": "dumb"}
    shown = subprocess.run([YICI, "source", "check"], capture_output=True, text=True, env=environment)
    assert (shown.returncode, said in shown.stdout) == (1, True)
    asked = [YICI, "source", "check", "test.things", "--json", "--rows", "1"]
    listed = subprocess.run(asked, capture_output=True, text=True, env=environment)
    assert listed.returncode == 1
    assert [item["where"] for item in json.loads(listed.stdout)[0]["findings"]] == ["keys.citizen_id"]
    wrong = subprocess.run([YICI, "source", "check", "no.such"], capture_output=True, text=True, env=environment)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
