"""Tests of line breaks in Chinese text."""

import pytest
from rich import _wrap
from rich.console import Console

from exchange.cli.wrapping import wrap_chinese


@pytest.fixture(autouse=True)
def wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wrap, "re_word", _wrap.re_word)
    wrap_chinese()


def lines(text: str, width: int) -> list[str]:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(text, markup=False, highlight=False)
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize(
    ("width", "text", "expected"),
    [
        (10, "原因，记入账本；说明后显示", ["原因，记入", "账本；说明", "后显示"]),
        (9, "原因，记入账本", ["原因，记", "入账本"]),
        (8, "一二三四，五", ["一二三", "四，五"]),  # a mark begins no line
        (18, "可为'contract'、'representative'", ["可为'contract'、", "'representative'"]),
        (16, "<official|contract|representative>", ["<official|", "contract|", "representative>"]),
        (8, "见说明（甲）与[环境]", ["见说明", "（甲）与", "[环境]"]),
        (10, "one word after another", ["one word", "after", "another"]),
        (10, "113205000000140157", ["1132050000", "00140157"]),
    ],
)
def test_a_line_ends_between_characters_or_words(width: int, text: str, expected: list[str]) -> None:
    assert lines(text, width) == expected
