"""Unified social credit codes (GB 32100-2015).

Management department and category 2 (digits or letters), region 6 (digits), organization 9, check 1. Some codes issued
before 2016 are genuine but break the check rule: they are a kind of their own, so that a mistyped code is not taken for
one of them.
"""

import re

from registry.errors import IdentifierError

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[1-8][0-9]{5}[0-9A-HJ-NPQRTUWXY]{10}").fullmatch
_CHARACTERS = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}").fullmatch
_FIELD = "uscc"


def check_character(first17: str) -> str:
    """Return the check character of the first 17 characters, by MOD 31."""
    total = sum(_VALUES[item] * weight for item, weight in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def parse_uscc(text: str) -> str:
    """Parse a unified social credit code.

    Raises:
        IdentifierError: names the rule.
    """
    if not _FORM(text):
        raise IdentifierError(_FIELD, _broken(text))
    if check_character(text[:17]) != text[17]:
        raise IdentifierError(_FIELD, "the check character, position 18, is wrong (GB 32100)")
    return text


def parse_irregular_uscc(text: str) -> str:
    """Parse a code that was issued with a wrong check character.

    Raises:
        IdentifierError: as ``parse_uscc``.
    """
    if not _FORM(text):
        raise IdentifierError(_FIELD, _broken(text))
    if check_character(text[:17]) == text[17]:
        raise IdentifierError(_FIELD, "the check character is right: the kind is uscc (GB 32100)")
    return text


def _broken(text: str) -> str:
    if _CHARACTERS(text):
        return "positions 3 to 8 must be digits, a region's code that begins with 1 to 8 (GB 32100)"
    return "18 characters of 0-9 and A-Z without I, O, S, V, Z (GB 32100)"
