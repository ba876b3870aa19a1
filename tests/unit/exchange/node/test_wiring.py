"""Tests of wiring: a node that cannot use a setting names it before it serves."""

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from adapters.description import load_description
from exchange.node.wiring.sources import make_source
from exchange.settings import load_settings
from registry.errors import RuleError

TAX = """
[connections.tax]
kind = "rest"
base_url = "https://127.0.0.1:1/api"
token_file = "secrets/tax.token"
"""
SQL = """
[connections.tax]
kind = "sql"
url = "nothing://here"
"""
PORT = """
[connections.tax]
kind = "sql"
url = "{}://reader:secret@127.0.0.1:{}/tax"
"""


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (TAX, "connections.tax", "secrets/tax.token"),
        (SQL, "connections.tax", "url"),
        (PORT.format("postgresql", "99x"), "connections.tax", "url: its port must be a number up to 65535"),
        (PORT.format("mysql", "99999"), "connections.tax", "url: its port must be a number up to 65535"),
        (TAX.replace(":1/", ":99x/").replace("token_file", "#"), "connections.tax", "its port a number up to 65535"),
        (TAX.replace(":1/", ":99999/").replace("token_file", "#"), "connections.tax", "its port a number up to 65535"),
        ("", "description tax.payment", "no connection tax"),
    ],
)
def test_a_connection_that_cannot_be_used_is_named(tmp_path: Path, text: str, field: str, rule: str) -> None:
    (tmp_path / "yici.toml").write_text(text)
    with as_file(files("adapters") / "datasets" / "tax.payment.yaml") as path:
        description = load_description(path)
    with pytest.raises(RuleError, match=rule) as caught:
        make_source(load_settings(tmp_path), description)
    assert caught.value.field == field
    assert "secret" not in str(caught.value).replace("secrets/tax.token", "")


@pytest.mark.parametrize("text", ["[limit]\nmax_seconds = 1", "[keys]\npassword = 'x'", "[conections.x]\nkind = 'sql'"])
def test_a_misspelt_setting_is_an_error_not_silence(tmp_path: Path, text: str) -> None:
    (tmp_path / "yici.toml").write_text(text)
    with pytest.raises(RuleError, match=r"yici.toml (limit|keys.password|conections)"):
        load_settings(tmp_path)
