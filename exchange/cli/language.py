"""The user's language: Chinese or English.

The code has each text once, in English; the catalogue ``locale/zh/LC_MESSAGES/yici.po`` has it in Chinese, with
``{0}``, ``{1}`` … for the braces of an f-string. A text composed elsewhere (an error, a step of a check, a node's
answer) is found by its fixed words, so that packages below the command line are independent of languages.
"""

import os
import re
from functools import cache
from gettext import GNUTranslations, bindtextdomain, textdomain
from importlib.resources import files
from typing import NamedTuple

_COUNTED = re.compile(r"([^,]+) (\d+)")
_HOLE = re.compile(r"\{(\d*)\}")
_SENTENCE = re.compile(r".*\S [^ ]|[A-Z]{2,}(_[A-Z]+)*$", re.DOTALL)
"""What is looked for inside of another text: some words, or the name of a reason; a single word may be a name."""
_STATES = frozenset(
    {
        "active",
        "approved",
        "cancelled",
        "destroyed",
        "expired",
        "invalid",
        "refused",
        "revoked",
        "superseded",
        "suspended",
    }
)
"""States of what is on record, which are words of the catalogue and no names."""


@cache
def chinese() -> bool:
    """Return whether to use Chinese, by YICI_LANG or the locale."""
    named = (os.environ.get(name, "") for name in ("YICI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((value for value in named if value), "").lower().startswith("zh")


def say(text: str) -> str:
    """Return the text in the user's language; unchanged if the catalogue lacks it."""
    return catalogue().text(text) if chinese() else text


def either(english: str, chinese_text: str) -> str:
    """Return the text in the user's language, of data in both languages."""
    return chinese_text if chinese() else english


def mark(text: str) -> str:
    """Return the text unchanged, but mark it for the catalogue, since it is translated later."""
    return text


def translate_usage() -> None:
    """Have the standard library's argparse use the user's language."""
    if chinese():
        os.environ["LANGUAGE"] = "zh"
        bindtextdomain("yici", str(files("exchange.cli") / "locale"))
        textdomain("yici")


class _Pattern(NamedTuple):
    """A text with placeholders: its fixed words, the placeholders' order, and the Chinese text."""

    fixed: list[str]
    holes: list[str]
    chinese: str

    @classmethod
    def of(cls, english: str, chinese_text: str) -> "_Pattern":
        """Return the pattern of a text of the catalogue."""
        parts = _HOLE.split(english)
        return cls(parts[::2], parts[1::2], chinese_text)

    def filled(self, text: str) -> str | None:
        """Return a text in Chinese if it matches this pattern, else None."""
        if not (text.startswith(self.fixed[0]) and all(words in text for words in self.fixed)):
            return None
        match = re.fullmatch("(.*?)".join(map(re.escape, self.fixed)), text, re.DOTALL)
        if match is None:
            return None
        return _HOLE.sub(lambda hole: catalogue().part(match[self.holes.index(hole[1]) + 1]), self.chinese)


class Catalogue(GNUTranslations):
    """Chinese texts by English text."""

    _catalog: dict[str, str]

    @property
    def texts(self) -> dict[str, str]:
        """Return all texts."""
        return {english: text for english, text in self._catalog.items() if english}

    def text(self, text: str) -> str:
        """Return a text in Chinese, as far as the catalogue has it."""
        if text and text in self._catalog:
            return self._catalog[text]
        for pattern in _patterns():
            if (translated := pattern.filled(text)) is not None:
                return translated
        place, colon, rest = text.partition(": ")
        if colon:
            return f"{self.part(place)}：{self.text(rest)}"
        whose, _, rest = text.partition(" ")
        return f"{whose} {self.text(rest)}" if rest and not whose.isascii() else text

    def part(self, text: str) -> str:
        """Return a part of a text in Chinese: a text of its own, or several joined by commas."""
        if text not in _STATES and not _SENTENCE.match(text):
            return text
        whole = self.text(text)
        if whole == text and (counted := _COUNTED.fullmatch(text)):
            return f"{self.part(counted[1])} {counted[2]}"
        if whole != text or ", " not in text:
            return whole
        return "、".join(map(self.part, text.split(", ")))


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of Chinese texts."""
    with (files("exchange.cli") / "locale/zh/LC_MESSAGES/yici.mo").open("rb") as file:
        return Catalogue(file)


@cache
def _patterns() -> list[_Pattern]:
    """Return the texts with placeholders, those with the most fixed words first."""
    patterns = [_Pattern.of(english, text) for english, text in catalogue().texts.items() if _HOLE.search(english)]
    return sorted(patterns, key=lambda item: -sum(map(len, item.fixed)))
