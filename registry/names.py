"""Comparison of names and other texts that are equal except for how they are typed.

The rules, in order of application. No rule makes characters equal that people distinguish: traditional and simplified
characters stay different, as do variants with code points of their own.

- gbk: private-use code points of GBK that Unicode has encoded since (``registry.gbk``).
- invisible: zero-width characters, byte order marks, directional marks, variation selectors, fillers and control
  characters (Unicode, Default_Ignorable_Code_Point).
- width: full-width and half-width forms (Unicode, block FF00).
- apostrophe: straight, curly and modifier apostrophes, and the acute and the prime typed instead of them.
- hyphen: dashes typed instead of the hyphen beside a digit, as in the numbers of an address; between two Latin
  letters also, except the two that stores have instead of the middle dot (U+2010, U+2011).
- dot: the middle dot (U+00B7 by the rule for names of minorities) and its substitutes in stores, including the full
  stop.
- radical: CJK radicals typed instead of the ideograph (Unicode, EquivalentUnifiedIdeograph; Kangxi radicals).
- compatibility: NFKC, including compatibility ideographs, except superscript, circled and bracketed numbers: "1²" is
  not 12.
- space: white space and line ends are removed, except one blank between two digits: "1 12" is not "11 2".
- case: full case folding.

The rules also fit other texts, such as addresses and certificate numbers: none of them removes a difference between two
digits or letters.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, combinations

from registry.gbk import ASSIGNED, assigned

_INVISIBLE = (
    *(
        (0x00, 0x08),
        (0x0E, 0x19),
        (0x1B, 0x1B),
        (0x7F, 0x84),
        (0x86, 0x9F),
        (0xAD, 0xAD),
        (0x34F, 0x34F),
        (0x61C, 0x61C),
    ),
    *((0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02bb\u02bd\u02b9\u2032\u2035\u00b4`\ua78c\u055a"
_DOTS = ".\u0387\u02d9\u16eb\u2010\u2011\u2022\u2024\u2027\u2219\u22c5\u25cf\u2e31\u2e33\u3002\u30fb\ua78f\ufe12\ufe52"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58"
_HAS_DASH = re.compile(f"[{_DASHES}]").search
_HYPHENS = re.compile(
    rf"(?<=\d)(\s*)[{_DASHES}]|[{_DASHES}](?=\s*\d)|(?<=[A-Za-z])(\s*)[{_DASHES[2:]}](?=\s*[A-Za-z])"
).sub
_RADICALS = (  # U+2E80 to U+2EF3; two of them have no ideograph
    "⺀厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵⺚旡日月歺母民氵氺灬爫爫丬牛"
    "犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑"
    "钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_NUMBERS = (
    "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u215f\u2189\u2460-\u249b\u24ea-\u24ff\u3220-\u3229"
    "\u3248-\u325f\u3280-\u3289\u32b1-\u32cb\u3358-\u3370\u33e0-\u33fe\U0001f100-\U0001f10a]+"
)
_WITH_NUMBERS = re.compile(f"({_NUMBERS})").split
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)").split
_SETTLED = re.compile("[a-z0-9'\u00b7\u3400-\u4dbf\u4e00-\u9fff]*").fullmatch
_LOST = re.compile(
    "[\x1a\ufffd\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]|锟斤拷|&(?:#[0-9]+|#x[0-9a-f]+|[a-z]{2,8});",
    re.IGNORECASE,
).search
_SUSPECT = re.compile(
    "[\x1a?？\ufe56\ufffd\u25a1\u25af\u3013\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff锟&*＊]"
).search
"""A quick test: texts that ``_LOST`` and ``_LOST_IN_NAME`` match have one of these characters."""
_LOST_IN_NAME = re.compile("[?？\ufe56\u25a1\u25af\u3013]|(?<![ -~])[*＊]|[*＊](?![ -~])").search

_TABLES: dict[str, Mapping[int, str | None]] = {
    "gbk": ASSIGNED,
    "invisible": dict.fromkeys(chain.from_iterable(range(first, last + 1) for first, last in _INVISIBLE)),
    "width": {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFFEF)},
    "apostrophe": {ord(character): "'" for character in _APOSTROPHES},
    "dot": {ord(character): "\u00b7" for character in _DOTS},
    "radical": {0x2E80 + at: character for at, character in enumerate(_RADICALS)}
    | {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)},
}


def normal(text: str) -> str:
    """Return a text in the form for comparison: equal results mean the same name."""
    while not _SETTLED(text):
        before = text
        if _HAS_DASH(text):
            text = _hyphened(text.translate(_BEFORE_HYPHEN))
        text = _folded(text.translate(_ALL))
        if text == before:
            break
    return text


def rules_applied(left: str, right: str) -> tuple[str, ...]:
    """Return the fewest rules that make two texts equal; empty if they are equal or stay different."""
    if left == right or normal(left) != normal(right):
        return ()
    helpful = sorted({*_changing(left), *_changing(right)}, key=RULES.index)
    tried = chain.from_iterable(combinations(helpful, count) for count in range(1, len(helpful) + 1))
    return next(rules for rules in tried if _apply(left, rules) == _apply(right, rules))


def visible(text: str) -> str:
    """Return a text without invisible characters."""
    return text if text.isascii() else text.translate(_TABLES["invisible"])


def is_unreadable(text: str) -> bool:
    """Return whether a text has lost characters: replacement characters, or unknown private-use ones.

    A SUBSTITUTE (U+001A) replaces a missing character, an HTML reference (&#19886;) one that a form could not send; so
    do a question mark, a box (□) or 〓, and an asterisk that is not between two ASCII characters.
    """
    if text.isascii():
        return "?" in text or "\x1a" in text or ("&" in text and bool(_LOST(text)))
    if not _SUSPECT(text):  # the common case; every text of every row is tested
        return False
    return bool(_LOST_IN_NAME(text)) or bool(_LOST(assigned(text)))


def _folded(text: str) -> str:
    return _spaced(text if text.isascii() else compatible(text)).casefold()


def _hyphened(text: str) -> str:
    return _HYPHENS(r"\1\2-", text)


def compatible(text: str) -> str:
    """Return a text in NFKC, but keep superscript, circled and bracketed numbers: 5² is not 52."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    parts = _WITH_NUMBERS(text)
    return "".join(part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(parts))


def _spaced(text: str) -> str:
    parts = text.split()
    if len(parts) <= 1:
        return "".join(parts)
    return " ".join("".join(part.split()) for part in _BETWEEN_DIGITS(text))


def _translated(table: Mapping[int, str | None], text: str) -> str:
    return text.translate(table)


_STEPS: dict[str, Callable[[str], str]] = {
    **{rule: partial(_translated, _TABLES[rule]) for rule in ("gbk", "invisible", "width", "apostrophe")},
    "hyphen": _hyphened,
    **{rule: partial(_translated, _TABLES[rule]) for rule in ("dot", "radical")},
    "compatibility": compatible,
    "space": _spaced,
    "case": str.casefold,
}
RULES = tuple(_STEPS)
"""All rules, in the order of ``rules_applied``."""


def _apply(text: str, rules: Sequence[str]) -> str:
    """Apply only these rules to a text, repeatedly until nothing changes."""
    before = None
    while text != before:
        before = text
        for rule in rules:
            text = _STEPS[rule](text)
    return text


def _changing(text: str) -> set[str]:
    """Return the rules that change a text or a result of earlier rules."""
    found: set[str] = set()
    before = None
    while text != before:
        before = text
        for rule, step in _STEPS.items():
            changed = step(text)
            if changed != text:
                found.add(rule)
            text = changed
    return found


_BEFORE_HYPHEN = {**_TABLES["width"], **_TABLES["invisible"], **_TABLES["gbk"]}
_ALL = {code: _apply(chr(code), list(_TABLES)) for table in _TABLES.values() for code in table}
