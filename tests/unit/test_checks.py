"""Tests of the checks in tests/checks: each can fail."""

from pathlib import Path

import pytest

from tests.checks import docstrings, modules
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


@pytest.mark.parametrize(("more", "found"), [(0, 0), (1, 1)])
def test_a_docstring_with_a_long_first_line_is_found(tmp_path: Path, more: int, found: int) -> None:
    line = "x" * (docstrings.LONGEST + more)
    module = tmp_path / "module.py"
    module.write_text(f'def f():\n    """{line}\n\n    {line * 2}\n    """\n')
    assert len(list(docstrings.faults(module))) == found


def test_commands_stand_in_code_and_go_on_after_a_backslash() -> None:
    assert code("yici nothing\n`yici ledger`\n```\nyici a \\\n  --b\n```") == "`yici ledger`\n```\nyici a  --b\n```"


def test_a_module_that_is_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "LONGER", {})
    (tmp_path / "keys").mkdir()
    for name, lines in (("short", modules.MOST), ("long", modules.MOST + 1), ("made_pb2", modules.MOST + 1)):
        (tmp_path / "keys" / f"{name}.py").write_text("x = 1\n" * lines)
    assert modules.faults(tmp_path) == [f"keys/long.py: {modules.MOST + 1} lines"]
