"""Irregular spellings of keys and values, as found in departments' stores.

Each function produces one irregularity that occurs in a real store. When an answer turns out to be wrong, its cause is
added here, so that the truth test (``exchange/demo/truth.py``) covers it.
"""

from datetime import date, datetime
from decimal import Decimal

from registry.china import CHINA

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_PRIVATE = str.maketrans("䶮", "\ue863")  # GBK has a private-use code point instead
JOINTS = ("•", "‧", "・", "．", " · ", "\u200b·")
_NUMBERS_OF_CENTENARIANS = "996"


def one_in(person_id: str, count: int, which: int = 0) -> bool:
    """Return whether a person is among the one in ``count`` with this irregularity."""
    return int(person_id[6:17]) % count == which


def blank_around(person_id: str) -> str:
    """Return a key with a blank after it, or a tab before it."""
    if one_in(person_id, 9):
        return f"{person_id} "
    return f"\t{person_id}" if one_in(person_id, 9, 4) else person_id


def full_width(text: str) -> str:
    """Return a text in full-width characters."""
    return text.translate(_WIDE)


def wide_or_short(person_id: str) -> str:
    """Return a key in full-width digits, or as the 15 digits of ids before 1999."""
    if one_in(person_id, 7):
        return full_width(person_id)
    has_short = person_id[6:8] == "19" and person_id[14:17] < _NUMBERS_OF_CENTENARIANS
    return person_id[:6] + person_id[8:17] if has_short and one_in(person_id, 7, 3) else person_id


def padded(person_id: str) -> str:
    """Return a key from a CHAR(20) column, padded with blanks."""
    return person_id.ljust(20) if one_in(person_id, 3) else person_id


def quoted(person_id: str) -> str:
    """Return a key as spreadsheets preserve its digits: after an apostrophe, or as a formula."""
    if one_in(person_id, 4):
        return f"'{person_id}"
    return f'="{person_id}"' if one_in(person_id, 4, 2) else person_id


def invisible(key: str) -> str:
    """Return a key with a zero-width character, as pasted from a web page; some collations ignore it."""
    return f"{key[:6]}\u200b{key[6:]}"


def local_midnight(day: date) -> datetime:
    """Return a date as midnight in China, which was 23:00 of the previous day at +8 in summer time."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def private_use(name: str) -> str:
    """Return a name as GBK stores it: with private-use code points for newer characters."""
    return name.translate(_PRIVATE)


def lost(name: str) -> str:
    """Return a name from a store of GB 2312, which has ``?`` for characters outside it."""
    return name.replace("·", "\u30fb").encode("gb2312", "replace").decode("gb2312")


def other_dot(name: str, person_id: str) -> str:
    """Return a name with another middle dot, with blanks around it or an invisible character."""
    return name.replace("·", JOINTS[int(person_id[6:17]) % len(JOINTS)])


def written_day(day: date, person_id: str) -> str:
    """Return a date in one of a column's formats."""
    ways = (f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}", f"{day:%Y.%m.%d}", f"{day}")
    return ways[int(person_id[6:17]) % len(ways)]


def written_amount(amount: str, person_id: str) -> str:
    """Return an amount with thousands separators, and sometimes a currency sign."""
    text = f"{Decimal(amount):,.2f}"
    return f"￥{text}" if one_in(person_id, 5) else text


def masked(name: str) -> str:
    """Return a name from a masked copy."""
    return f"{name[:1]}*{name[2:]}"


def boxed(name: str) -> str:
    """Return a name with a box in place of a character that a program could not display."""
    return f"{name[:-1]}□"


def decoded_wrongly(name: str) -> str:
    """Return a name in UTF-8, decoded as Latin-1."""
    return name.encode().decode("latin-1")


def with_note(number: str) -> str:
    """Return a number with a footnote mark."""
    return f"{number}①"
