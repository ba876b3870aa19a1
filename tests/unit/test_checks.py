"""Tests of the checks in tests/checks: each can fail."""

from pathlib import Path

import pytest

from tests.checks.modules import MOST, faults
from tests.checks.readme import code, fault_of


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("ledger frobnicate", "no frobnicate"), ("ledgers", "no ledgers"), ("evidence check F --no-such-option", "no --no-such-option"),
        ("ledger search --agency A", ""), ("evidence check FILE.sd-jwt --trust FOLDER", ""), ("--help", ""), ("init --data=x", ""),
    ],
)  # fmt: skip
def test_a_command_that_is_not_there_is_found(line: str, fault: str) -> None:
    assert fault_of(line.split()) == fault


def test_commands_stand_in_code_and_go_on_after_a_backslash() -> None:
    assert code("yici nothing\n`yici ledger`\n```\nyici a \\\n  --b\n```") == "`yici ledger`\n```\nyici a  --b\n```"


def test_a_module_that_is_too_long_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name, lines in (("short", MOST), ("long", MOST + 1), ("made_pb2", MOST + 1)):
        (tmp_path / "keys" / f"{name}.py").write_text("x = 1\n" * lines)
    assert faults(tmp_path) == [f"keys/long.py: {MOST + 1} lines"]
