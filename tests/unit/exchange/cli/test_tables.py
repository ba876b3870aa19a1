"""Tests of tables: no column or word is lost, and every list is available as JSON."""

import json
from datetime import UTC, datetime
from importlib import import_module
from io import StringIO

import pytest
import typer
from rich.cells import cell_len
from rich.console import Console

from exchange.cli import tables
from exchange.cli.app import _SHADOWING, COMMANDS
from exchange.cli.tables import Column, Row, Said, heading, show_rows

COLUMNS = (Column("id", "id"), Column("fields", "fields"), Column("until", "until"))
ID = "settlement-social-insurance-participation"
ROWS: list[Row] = [
    {"id": ID, "fields": ["name", "status_of_the_person"], "until": Said("ended", "[ended]", "red")},
    {"id": "苏州", "fields": [], "until": datetime(2026, 1, 2, 3, tzinfo=UTC)},
]


def printed(monkeypatch: pytest.MonkeyPatch, width: int) -> str:
    out = StringIO()
    monkeypatch.setattr(tables, "is_piped", lambda: False)
    monkeypatch.setattr(tables, "console", lambda: Console(width=width, file=out, color_system=None))
    show_rows(COLUMNS, ROWS)
    return out.getvalue()


@pytest.mark.parametrize("width", [200, 100, 90, 80, 60, 52])
def test_no_word_is_broken_and_no_column_left_out(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    text = printed(monkeypatch, width)
    assert {ID, "name,", "status_of_the_person", "[ended]", "苏州", "fields", "until", "2026-01-02"} <= set(
        text.split()
    )
    assert max(map(cell_len, text.splitlines())) <= width


def test_columns_that_do_not_fit_side_by_side_are_records(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, 200).count("until") == 1
    assert printed(monkeypatch, 52).count("until") == len(ROWS)


def test_piped_rows_are_one_plain_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "is_piped", lambda: True)
    show_rows(COLUMNS, [{"id": "x" * 500, "fields": ["two\nlines"], "until": None}, *ROWS])
    head, first, second, third = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "fields", "until"]
    assert first.split() == ["x" * 500, "two", "lines", "—"]
    assert second.endswith("  [ended]")
    assert cell_len(third[: third.index("—")]) == head.index("fields")


def test_json_has_values_and_no_words_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(COLUMNS, ROWS, as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {"id": ID, "fields": ["name", "status_of_the_person"], "until": "ended"},
        {"id": "苏州", "fields": [], "until": "2026-01-02T03:00:00Z"},
    ]


def test_a_heading_fits_a_page_where_output_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    monkeypatch.setattr(tables, "console", lambda: Console(width=400, file=out))
    heading("1  The case")
    assert len(out.getvalue().rstrip("\n")) == 80


def test_every_list_and_show_has_json() -> None:
    lists = {}
    for name, (module, _) in COMMANDS.items():
        found = getattr(import_module(f"exchange.cli.{module}"), f"{name}_" if name in _SHADOWING else name)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            lists |= {f"{name} {key}": item for key, item in group.commands.items() if key in NAMES}
    assert {"catalog list", "grant list", "license state", "ledger search", "seal show", "keys list"} <= set(lists)
    for name, command in lists.items():
        assert any("--json" in option.opts for option in command.params), name


NAMES = ("list", "show", "search", "types", "state")


@pytest.mark.parametrize(
    ("value", "text"),
    [("a\x1b[31mb", "a\\x1b[31mb"), (Said("b", "局\u202eb"), "局\\u202eb"), ("a\udcffb", "a\\udcffb")],
)
def test_no_value_of_a_table_controls_the_terminal(
    capsys: pytest.CaptureFixture[str], value: str | Said, text: str
) -> None:
    show_rows((Column("id", "id"),), [{"id": value}])
    assert capsys.readouterr().out.splitlines()[1] == text
