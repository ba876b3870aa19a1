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

PROVINCES = frozenset(
    f"{first}{second}"
    for first, most in {1: 5, 2: 3, 3: 7, 4: 6, 5: 4, 6: 5}.items()
    for second in range(0 if first == 5 else 1, most + 1)  # noqa: PLR2004  # 50 is Chongqing
) | {"71"}
_RESIDENTS = frozenset({"810000", "820000", "830000"})
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)
_LONG = re.compile(r"[1-8][0-9]{16}[0-9X]")
_SHORT = re.compile(r"[1-8][0-9]{14}")
_OLD_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
_CARD = re.compile(r"9[0-9]{16}[0-9X]")
_EARLIEST = 1850
_OF_A_HUNDRED_YEARS = "996"
_FIELD = "citizen id"
_BORN = "positions 7 to 14 must be a date of birth, from 1850 to today (GB 11643)"
_CARD_RULE = "a foreigner's card has 3 letters and 12 digits, or 18 digits of which the first is 9"


def check_character(first17: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    return _CHECK[(sum(map(mul, first17.encode(), _WEIGHTS)) - _ZEROS) % 11]


def parse_citizen_id(text: str) -> str:
    """A citizen id of 18 characters, from one of 18 or of 15.

    Raises:
        IdentifierError: names the part.
    """
    if _SHORT.fullmatch(text):
        century = "18" if text[12:] >= _OF_A_HUNDRED_YEARS else "19"
        text = f"{text[:6]}{century}{text[6:]}"
        text += check_character(text)
    if not _LONG.fullmatch(text):
        raise IdentifierError(_FIELD, "a citizen id has 17 digits and a check character, or 15 digits (GB 11643)")
    if text[:2] not in PROVINCES and text[:6] not in _RESIDENTS:
        raise IdentifierError(_FIELD, "positions 1 and 2 must be a province's code (GB/T 2260)")
    _check_birth(text[6:14])
    _check_last(text)
    return text


def short_citizen_id(text: str) -> str:
    """The 15 digits of a canonical citizen id, or nothing where 15 digits do not name this person."""
    short = text[:6] + text[8:17]
    try:
        return short if parse_citizen_id(short) == text else ""
    except IdentifierError:
        return ""


def parse_foreigner_card(text: str) -> str:
    """The number of a foreigner's permanent residence card; raises as ``parse_citizen_id``."""
    if _OLD_CARD.fullmatch(text):
        if text[3:5] not in PROVINCES:
            raise IdentifierError(_FIELD, "positions 4 and 5 must be a province's code")
        if not _is_birth(f"19{text[7:13]}") and not _is_birth(f"20{text[7:13]}"):
            raise IdentifierError(_FIELD, "positions 8 to 13 must be a date of birth, YYMMDD")
        return text
    if not _CARD.fullmatch(text):
        raise IdentifierError(_FIELD, _CARD_RULE)
    if text[1:3] not in PROVINCES:
        raise IdentifierError(_FIELD, "positions 2 and 3 must be a province's code")
    _check_birth(text[6:14])
    _check_last(text)
    return text


def _today() -> date:
    return datetime.now(CHINA).date()


_START = _today()


def _check_birth(text: str) -> None:
    if not _is_birth(text):
        raise IdentifierError(_FIELD, _BORN)


def _is_birth(text: str) -> bool:
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return born.year >= _EARLIEST and (born <= _START or born <= _today())  # the clock is read for the youngest only


def _check_last(text: str) -> None:
    if check_character(text[:17]) != text[17]:
        raise IdentifierError(_FIELD, "the check character, position 18, is wrong (GB 11643)")
