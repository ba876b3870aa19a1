"""Tests of sources in the data folder: an error affects one dataset, and changes need no restart."""

import sqlite3
from pathlib import Path

import pytest

from adapters.errors import UnavailableError
from adapters.idle import IdleSource
from adapters.sql import SqlSource
from exchange.node.source_health import _health
from exchange.node.sources import Sources
from exchange.node.wiring.sources import make_source
from exchange.settings import load_settings
from registry.identifiers import SubjectKind

ONE = "110105194912310011"
THINGS = """
catalogue:
  id: test.things
  title: 事
  title_en: Things
  source: "113205000000140157"
  sharing: conditional
  keys: [citizen_id]
  update_cycle: daily
  fields: [{name: name, title: 姓名, title_en: Name}]
connection: store
table: things
keys: {citizen_id: SFZH}
fields:
  name: {column: XM}
"""


def _folder(data: Path) -> Path:
    with sqlite3.connect(data / "things.sqlite") as store:
        store.execute("CREATE TABLE things (SFZH TEXT, XM TEXT, BM TEXT)")
        store.execute("INSERT INTO things VALUES (?, '张三', '三')", [ONE])
    store.close()
    (data / "datasets").mkdir()
    (data / "datasets" / "things.yaml").write_text(THINGS)
    (data / "yici.toml").write_text(f'[connections.store]\nkind = "sql"\nurl = "sqlite:///{data / "things.sqlite"}"\n')
    return data / "datasets"


async def _name(sources: Sources) -> str:
    fetched = await sources.by_dataset["test.things"].fetch(SubjectKind.CITIZEN_ID, [ONE], ["name"], 5)
    return str(fetched.records[ONE][0]["name"])


@pytest.mark.parametrize(
    ("text", "settings", "said"),
    [
        ("catalogue:\n  id: test.broken\n  [", "", "not YAML, line"),
        (THINGS.replace("test.things", "test.broken").replace("connection: store", "connection: gone"), "", "no connection gone"),
        (THINGS.replace("test.things", "test.broken").replace("name: {column", "nam: {column"), "", "fields"),
        (THINGS.replace("test.things", "test.broken").replace("{column: XM}", "{}"), "", "fields.name.column"),
        (THINGS.replace("test.things", "test.broken").replace("connection: store", "connection: tax"), '[connections.tax]\nkind = "rest"\nbase = "x"\n', "connections.tax.rest.base"),
    ],
)  # fmt: skip
async def test_one_department_s_mistake_stops_no_other(text: str, settings: str, said: str, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "broken.yaml").write_text(text)
    with (tmp_path / "yici.toml").open("a") as file:
        file.write(settings)

    sources = Sources(load_settings(tmp_path), make_source)
    await sources.open()
    assert await _name(sources) == "张三"
    broken = sources.by_dataset["test.broken"]
    with pytest.raises(UnavailableError, match="out of service") as caught:
        await broken.fetch(SubjectKind.CITIZEN_ID, [ONE], ["name"], 5)
    assert said in str(caught.value)
    assert not (await broken.health()).ready
    await sources.close()


async def test_two_files_that_describe_one_dataset_describe_none(tmp_path: Path) -> None:
    (_folder(tmp_path) / "also.yaml").write_text(THINGS.replace("column: XM", "column: BM"))

    sources = Sources(load_settings(tmp_path), make_source)
    await sources.open()
    with pytest.raises(UnavailableError, match="another file describes the same dataset"):
        await _name(sources)
    await sources.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("table: things", "table: thing"), "table: thing:"), (("column: XM", "column: XMM"), "fields.name.column: XMM:"),
        (("citizen_id: SFZH", "citizen_id: ID"), "keys.citizen_id: ID:"),
    ],
)  # fmt: skip
async def test_a_wrong_table_or_column_is_named_at_once(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    (_folder(tmp_path) / "things.yaml").write_text(THINGS.replace(*change))

    sources = Sources(load_settings(tmp_path), make_source)
    await sources.open()
    health = await _health(sources.by_dataset["test.things"])
    assert (health.ready, health.detail.startswith(said)) == (False, True)
    await sources.close()


async def test_a_changed_description_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    folder = _folder(tmp_path)

    sources = Sources(load_settings(tmp_path), make_source)
    await sources.open()
    assert await _name(sources) == "张三"
    former = sources.by_dataset["test.things"]
    (folder / "things.yaml").write_text(THINGS.replace("column: XM", "column: BM"))
    await sources.look()  # it may still be written to
    assert sources.by_dataset["test.things"] is former
    await sources.look()
    assert await _name(sources) == "三"
    assert (await former.fetch(SubjectKind.CITIZEN_ID, [ONE], ["name"], 5)).records[ONE] == [{"name": "张三"}]
    (folder / "things.yaml").write_text("catalogue: [")
    await sources.look()
    await sources.look()
    assert isinstance(sources.by_dataset["test.things"], IdleSource)
    await sources.close()


async def test_an_added_or_repaired_connection_is_used_without_a_restart(tmp_path: Path) -> None:
    _folder(tmp_path)
    settings = tmp_path / "yici.toml"
    right = settings.read_text()
    settings.write_text("")

    sources = Sources(load_settings(tmp_path), make_source)
    await sources.open()
    assert isinstance(sources.by_dataset["test.things"], IdleSource)
    for text in ("[connections", right):  # what is not TOML changes nothing
        settings.write_text(text)
        await sources.look()
        await sources.look()
    assert isinstance(sources.by_dataset["test.things"], SqlSource)
    assert await _name(sources) == "张三"
    await sources.close()
