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
_CHOICES = ("one of ", "there are ")
"""Words before the names that may be written."""
_SENTENCE = re.compile(r".*\S [^ ]|[A-Z]{2,}(_[A-Z]+)*$", re.DOTALL)
"""What is looked for inside of another text: some words, or the name of a reason; a single word may be a name."""


def mark(text: str) -> str:
    """Return the text unchanged, but mark it for the catalogue, since it is translated later."""
    return text


_STATES = frozenset(
    {
        mark("activate"), mark("active"), mark("applied"), mark("approve"), mark("approved"), mark("cancel"),
        mark("cancelled"), mark("destroy"), mark("destroyed"), mark("expired"), mark("invalid"), mark("make"),
        mark("refuse"), mark("refused"), mark("resume"), mark("revoke"), mark("revoked"), mark("supersede"),
        mark("superseded"), mark("suspend"), mark("suspended"), mark("withdraw"), mark("withdrawn"),
    }
)  # fmt: skip
"""States of what is on record and their changes, which are words of the catalogue and no names."""


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

    def filled(self, text: str) -> "_Found | None":
        """Return a text in Chinese if it matches this pattern, else None."""
        if not (text.startswith(self.fixed[0]) and all(words in text for words in self.fixed)):
            return None
        match = re.fullmatch("(.*?)".join(map(re.escape, self.fixed)), text, re.DOTALL)
        if match is None:
            return None
        read = (_verbatim if words.endswith(_CHOICES) else catalogue().part for words in self.fixed)
        parts = {hole: of(part) for hole, of, part in zip(self.holes, read, match.groups(), strict=False)}
        known = sum(len(words.strip()) for words in self.fixed) + sum(part.known for part in parts.values())
        return _Found(known, _HOLE.sub(lambda hole: parts[hole[1]].chinese, self.chinese))


class _Found(NamedTuple):
    """A text in Chinese, and how many characters of the English text the catalogue has."""

    known: int
    chinese: str


def _verbatim(text: str) -> _Found:
    """Return a text that is the same in both languages."""
    return _Found(0, text.replace(", ", "、"))


class Catalogue(GNUTranslations):
    """Chinese texts by English text."""

    _catalog: dict[str, str]

    @property
    def texts(self) -> dict[str, str]:
        """Return all texts."""
        return {english: text for english, text in self._catalog.items() if english}

    def text(self, text: str) -> str:
        """Return a text in Chinese, as far as the catalogue has it."""
        return self._found(text).chinese

    def part(self, text: str) -> _Found:
        """Return a part of a text in Chinese: a text of its own, or several joined by commas."""
        if text not in _STATES and not _SENTENCE.match(text):
            return _Found(0, text)
        whole = self._found(text)
        if whole.chinese == text and (counted := _COUNTED.fullmatch(text)):
            known, chinese = self.part(counted[1])
            return _Found(known, f"{chinese} {counted[2]}")
        if whole.chinese != text or ", " not in text:
            return whole
        parts = [self.part(item) for item in text.split(", ")]
        return _Found(sum(item.known for item in parts), "、".join(item.chinese for item in parts))

    def _found(self, text: str) -> _Found:
        """Return the reading of a text, as a whole or as said of a place, that the catalogue knows best."""
        if text and text in self._catalog:
            return _Found(len(text), self._catalog[text])
        whole = next(filter(None, (pattern.filled(text) for pattern in _patterns())), None)
        readings = [whole] if whole else []
        place, colon, rest = text.partition(": ")
        if colon:
            where, said = self.part(place), self._found(rest)
            readings.insert(0, _Found(where.known + said.known, f"{where.chinese}：{said.chinese}"))
        if readings:
            return max(readings, key=lambda found: found.known)
        whose, _, rest = text.partition(" ")
        return _Found(0, f"{whose} {self.text(rest)}" if rest and not whose.isascii() else text)


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
