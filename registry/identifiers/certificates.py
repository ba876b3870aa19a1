"""Numbers of diplomas and degree certificates.

Diplomas since 2002 (学历证书编号): school 5, kind 1 (1 普通, 5 成人, 6 自考, 7 网络), year 4, level 2, serial 6; in
2001 and 2002 without the kind, 17 digits. Self-taught ones (自考) since 2001: kind 6, level 1, region 6, year 2,
half-year 1, serial 5, check 1, 17 digits; the rule of the check is not public, and it is not checked. Degrees
(学位证书编号): institution 5, level 1, year 4, serial 6, prefixed C or Z for 成人 and 自考.

Numbers from before 2001 follow no common rule: they are a kind of their own, for which only the length and characters
are checked.
"""

import re

from registry.errors import IdentifierError
from registry.names import visible

_LEVEL = "(01|02|04|05|06)"
_CHECKED = re.compile(
    rf"[0-9]{{5}}[1567](19|20)[0-9]{{2}}{_LEVEL}[0-9]{{6}}"
    rf"|[0-9]{{5}}200[12]{_LEVEL}[0-9]{{6}}"
    r"|6[1-6][1-8][0-9]{7}[12][0-9]{6}"
    r"|[CZ]?[0-9]{5}[234][0-9]{10}"
)
_MAX_UNCHECKED = 64
_BLANKS = re.compile(r"\s+")


def parse_certificate_number(text: str) -> str:
    """Parse the number of a diploma or degree certificate with a known form.

    Raises:
        IdentifierError: the number has another form.
    """
    if not _CHECKED.fullmatch(text):
        rule = "a diploma number has 18 digits (17 in 2001 and 2002), a degree number 16 with optional C or Z"
        raise IdentifierError("certificate number", rule)
    return text


def parse_unchecked_number(text: str) -> str:
    """Parse a certificate number without a rule, such as 京教（97）毕字第001号; remove invisible characters.

    White space is reduced to single blanks.

    Raises:
        IdentifierError: empty, too long, with control characters, or of a form that has a rule.
    """
    is_one_line = not any(character < " " for character in _BLANKS.sub(" ", text))
    text = _BLANKS.sub(" ", visible(text)).strip()
    if not 0 < len(text) <= _MAX_UNCHECKED or not is_one_line:
        raise IdentifierError("certificate number", f"1 to {_MAX_UNCHECKED} characters on one line")
    if _CHECKED.fullmatch(text):
        raise IdentifierError("certificate number", "this form has a rule: the kind is certificate_number")
    return text
