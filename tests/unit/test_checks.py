"""Tests of the checks in tests/checks: each can fail."""

import pytest

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
