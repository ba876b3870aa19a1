"""Line breaks in Chinese text: between characters, and never within a word of letters."""

import re

from rich import _wrap

_WIDE = "\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_OPENING = "（《〈【「『“‘"
_CLOSING = "，。、；：？！…—·）》〉】」』”’"
_PART = re.compile(
    rf"\s*(?:[{_OPENING}\[(<]*[{_WIDE}][{_CLOSING}\])>,.:;]*"
    rf"|[{_OPENING}]*[^\s|{_WIDE}{_OPENING}{_CLOSING}]+[|{_CLOSING}]*"
    rf"|[|{_OPENING}{_CLOSING}]+)\s*"
)
"""What is not broken: one Chinese character or one word, with its punctuation; a list of choices ends at each ``|``."""


def wrap_chinese() -> None:
    """Have rich break lines between these parts; it looks for blanks only, and cuts what has none."""
    _wrap.re_word = _PART
