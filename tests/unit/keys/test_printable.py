"""Tests of printable text: the result is the same in every Python, control characters are refused."""

import pytest

from keys.printable import is_printable


@pytest.mark.parametrize(
    "text", ["张三", "\U0002ebf0", "\U000323af", "\U00033479", "ཚེ་རིང", "ᠪᠠᠲᠤ\u180e", "ꆀꉙ", "ئەخ\u200cمەت", "ꟛ", ""]
)
def test_names_up_to_unicode_17_can_be_shown(text: str) -> None:
    assert is_printable(text)


@pytest.mark.parametrize(
    "text",
    ["a\n", "\x00", "\u202e", "\u200b", "\ue000", "\ufffe", "\ufdd0", "\U0001ffff", "\U000e0fff", "\ud800", "\u2028"],
)
def test_controls_formatting_and_private_use_cannot_be_shown(text: str) -> None:
    assert not is_printable(f"张三{text}")
