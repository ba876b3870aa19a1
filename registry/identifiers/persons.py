"""Numbers of persons: citizen ids (GB 11643) and foreigners' permanent residence cards.

A citizen id of 15 digits names the person whom the one of 18 names; the canonical spelling is 18 digits. Such ids leave
the century out: it is the 19th where the sequence number is 996 to 999, which GB 11643-1989 keeps for persons of a
hundred years and more, and the 20th for all others. Residents of Hong Kong, Macao and Taiwan with a residence permit
have a citizen id, too, of region 810000, 820000 or 830000.

A foreigner's card has 15 characters until 2023 (state in letters, place 4, birth YYMMDD, sequence, check) and 18 digits
since (9, province 2, state 3, then as a citizen id). Which of them are the same person is on neither of them.
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
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    return _CHECK[(sum(map(mul, first17.encode(), _WEIGHTS)) - _ZEROS) % 11]


def parse_citizen_id(text: str) -> str:
    """A citizen id of 18 characters, from one of 18 or of 15.

    Raises:
        IdentifierError: names the part.
    """
    if len(text) == 15 and _SHORT(text):  # noqa: PLR2004  # digits of an old id
        text = _lengthened(text)
    if not _LONG(text):
        if _DIGITS(text):
            raise IdentifierError(_FIELD, "positions 1 and 2 must be a province's code (GB/T 2260)")
        raise IdentifierError(_FIELD, "a citizen id has 17 digits and a check character, or 15 digits (GB 11643)")
    return _checked(text)


def short_citizen_id(text: str) -> str:
    """The 15 digits of a canonical citizen id, or nothing where 15 digits do not name this person."""
    short = text[:6] + text[8:17]
    return short if _lengthened(short) == text else ""


def parse_foreigner_card(text: str) -> str:
    """The number of a foreigner's permanent residence card; raises as ``parse_citizen_id``."""
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
    """An identifier of 18 characters whose date of birth and check character are right."""
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
    # The clock is read for the youngest only: this is asked of every subject of a chunk.
    return born >= _EARLIEST and (born <= _START or born <= datetime.now(CHINA).date())
