"""Identifiers of persons: citizen ids (GB 11643) and foreigners' permanent residence cards.

A citizen id of 15 digits and its form of 18 characters identify the same person; the canonical form has 18. The short
form lacks the century: it is the 19th for sequence numbers 996 to 999, which GB 11643-1989 reserves for persons of a
hundred years and more, otherwise the 20th. Residents of Hong Kong, Macao and Taiwan with a residence permit have
citizen ids of region 810000, 820000 or 830000.

Foreigners' cards have 15 characters until 2023 (state in letters, place 4, birth YYMMDD, sequence, check) and 18 digits
since then (9, province 2, state 3, then as a citizen id). Neither shows which other number is the same person's.
"""

import re
from datetime import date, datetime
from operator import mul

from registry.china import CHINA
from registry.errors import IdentifierError

_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)"
_LONG = re.compile(rf"(?:{_PROVINCE}[0-9]{{4}}|8[123]0000)[0-9]{{11}}[0-9X]").fullmatch
_SHORT = re.compile(r"[0-9]{15}").fullmatch
_OLD_CARD = re.compile(rf"[A-Z]{{3}}{_PROVINCE}[0-9]{{10}}").fullmatch
_CARD = re.compile(rf"9{_PROVINCE}[0-9]{{14}}[0-9X]").fullmatch
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)
_DIGITS = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_EARLIEST = date(1850, 1, 1)
_START = datetime.now(CHINA).date()
_OF_A_HUNDRED_YEARS = "996"
_FIELD = "citizen id"


def check_character(first17: str) -> str:
    """Return the check character of the first 17 digits, by ISO 7064 MOD 11-2."""
    return _CHECK[(sum(map(mul, first17.encode(), _WEIGHTS)) - _ZEROS) % 11]


def parse_citizen_id(text: str) -> str:
    """Parse a citizen id of 18 or 15 characters, and return it with 18.

    Raises:
        IdentifierError: names the part that breaks the rule.
    """
    if len(text) == 15 and _SHORT(text):  # noqa: PLR2004  # the length of an old id
        text = _lengthened(text)
    if not _LONG(text):
        if _DIGITS(text):
            raise IdentifierError(_FIELD, "positions 1 and 2 must be a province's code (GB/T 2260)")
        raise IdentifierError(_FIELD, "a citizen id has 17 digits and a check character, or 15 digits (GB 11643)")
    return _checked(text)


def short_citizen_id(text: str) -> str:
    """Return the 15 digits of a canonical citizen id, or nothing if it has no such form."""
    short = text[:6] + text[8:17]
    return short if _lengthened(short) == text else ""


def parse_foreigner_card(text: str) -> str:
    """Parse the number of a foreigner's permanent residence card.

    Raises:
        IdentifierError: as ``parse_citizen_id``.
    """
    if _OLD_CARD(text):
        if not any(_is_birth(f"{century}{text[7:9]}", text[9:11], text[11:13]) for century in (19, 20)):
            raise IdentifierError(_FIELD, "positions 8 to 13 must be a date of birth, YYMMDD")
        return text
    if not _CARD(text):
        raise IdentifierError(_FIELD, "a foreigner's card has 3 letters or a 9, then a province's code and digits")
    return _checked(text)


def _lengthened(short: str) -> str:
    century = "18" if short[12:] >= _OF_A_HUNDRED_YEARS else "19"
    long = f"{short[:6]}{century}{short[6:]}"
    return long + check_character(long)


def _checked(text: str) -> str:
    """Return an identifier of 18 characters, after checking date of birth and check character."""
    if not _is_birth(text[6:10], text[10:12], text[12:14]):
        raise IdentifierError(_FIELD, "positions 7 to 14 must be a date of birth, from 1850 to today (GB 11643)")
    if check_character(text[:17]) != text[17]:
        raise IdentifierError(_FIELD, "the check character, position 18, is wrong (GB 11643)")
    return text


def _is_birth(year: str, month: str, day: str) -> bool:
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return False
    # The clock is read only for recent births, since every subject of a chunk is checked.
    return born >= _EARLIEST and (born <= _START or born <= datetime.now(CHINA).date())
