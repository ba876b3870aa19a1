"""Numbers of passports, and of travel permits of residents of Hong Kong, Macao and Taiwan.

A passport number is unique within its state only; queries use it as it is, together with a name. A permit of a resident
of Hong Kong (H) or Macao (M) has eight digits that are fixed for life; many stores keep two more, which count renewals.
The canonical form omits them, since they do not identify the person.

A permit of a resident of Taiwan has eight digits, fixed for life, since 25 September 2008. Earlier ones, issued from
May 1992 on, have two more digits, which count issues, and a letter or digit in brackets for the place of issue; from
June 2006 on, some places omitted the brackets. The canonical form has the eight digits.
"""

import re

from registry.errors import IdentifierError

_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,12}")
_HONG_KONG_MACAO = re.compile(r"([HM][0-9]{8})([0-9]{2})?")
_TAIWAN = re.compile(r"([0-9]{8})([0-9]{2}(\([A-Z0-9]\))?)?")


def parse_passport(text: str) -> str:
    """Parse a passport number.

    Raises:
        IdentifierError: the number has another form.
    """
    if not _PASSPORT.fullmatch(text):
        raise IdentifierError("passport", "a passport number has 5 to 12 letters and digits, a digit among them")
    return text


def parse_hong_kong_macao_permit(text: str) -> str:
    """Parse the number of a travel permit of Hong Kong or Macao, nine characters.

    Raises:
        IdentifierError: as ``parse_passport``.
    """
    found = _HONG_KONG_MACAO.fullmatch(text)
    if not found:
        raise IdentifierError("permit", "a permit of Hong Kong or Macao has H or M and 8 digits, or 10")
    return found.group(1)


def parse_taiwan_permit(text: str) -> str:
    """Parse the number of a travel permit of Taiwan, and return its eight digits.

    Raises:
        IdentifierError: as ``parse_passport``.
    """
    found = _TAIWAN.fullmatch(text)
    if not found:
        raise IdentifierError("permit", "a permit of Taiwan has 8 digits, or 10 and a letter or digit in brackets")
    return found.group(1)
