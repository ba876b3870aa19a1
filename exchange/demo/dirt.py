"""Dirt: how departments' stores write keys and values that are right in themselves.

Each function is one kind of dirt that has been met in a real store. A fault that is found in an answer becomes a function
here, so that the truth test (``exchange/demo/truth.py``) asks about it from then on.
"""

from datetime import date, datetime
from decimal import Decimal

from registry.china import CHINA

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_PRIVATE = str.maketrans("䶮", "\ue863")  # GBK had no code point for it, and used one of private use
JOINTS = ("•", "‧", "・", "．", " · ", "\u200b·")
_NUMBERS_OF_CENTENARIANS = "996"


def one_in(person_id: str, count: int, which: int = 0) -> bool:
    """Whether a person is one of those, one in ``count``, whose record has a kind of dirt."""
    return int(person_id[6:17]) % count == which


def blank_around(person_id: str) -> str:
    """A key with a blank after it, or a tab before it."""
    if one_in(person_id, 9):
        return f"{person_id} "
    return f"\t{person_id}" if one_in(person_id, 9, 4) else person_id


def full_width(text: str) -> str:
    """A text in full-width characters."""
    return text.translate(_WIDE)


def wide_or_short(person_id: str) -> str:
    """A key in full-width digits, or as the 15 digits that ids had before 1999."""
    if one_in(person_id, 7):
        return full_width(person_id)
    has_short = person_id[6:8] == "19" and person_id[14:17] < _NUMBERS_OF_CENTENARIANS
    return person_id[:6] + person_id[8:17] if has_short and one_in(person_id, 7, 3) else person_id


def padded(person_id: str) -> str:
    """A key from a CHAR(20) column, with the blanks that fill it."""
    return person_id.ljust(20) if one_in(person_id, 3) else person_id


def quoted(person_id: str) -> str:
    """A key as spreadsheets keep its digits: behind an apostrophe, or as a formula."""
    if one_in(person_id, 4):
        return f"'{person_id}"
    return f'="{person_id}"' if one_in(person_id, 4, 2) else person_id


def invisible(key: str) -> str:
    """A key with a character of no width in it, as it is pasted from a page; some collations ignore it."""
    return f"{key[:6]}\u200b{key[6:]}"


def local_midnight(day: date) -> datetime:
    """A date as midnight in China, where summer time made it 23:00 of the day before at +8."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def private_use(name: str) -> str:
    """A name as GBK stores it, whose later characters are private-use code points."""
    return name.translate(_PRIVATE)


def lost(name: str) -> str:
    """A name from a store of GB 2312, which keeps ``?`` where it could not hold a character."""
    return name.replace("·", "\u30fb").encode("gb2312", "replace").decode("gb2312")


def other_dot(name: str, person_id: str) -> str:
    """A name with another middle dot, blanks or an invisible character around it."""
    return name.replace("·", JOINTS[int(person_id[6:17]) % len(JOINTS)])


def written_day(day: date, person_id: str) -> str:
    """A date in one of the ways of one column."""
    ways = (f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}", f"{day:%Y.%m.%d}", f"{day}")
    return ways[int(person_id[6:17]) % len(ways)]


def written_amount(amount: str, person_id: str) -> str:
    """An amount with thousands separators, and a currency sign at times."""
    text = f"{Decimal(amount):,.2f}"
    return f"￥{text}" if one_in(person_id, 5) else text


def masked(name: str) -> str:
    """A name from a copy that shows no more of it than this."""
    return f"{name[:1]}*{name[2:]}"


def boxed(name: str) -> str:
    """A name with a box in the place of a character that a program could not show."""
    return f"{name[:-1]}□"


def decoded_wrongly(name: str) -> str:
    """A name in UTF-8 that was read as Latin-1."""
    return name.encode().decode("latin-1")


def with_note(number: str) -> str:
    """A number with the mark of a footnote."""
    return f"{number}①"
