"""Identifiers of subjects, with their check digits; each error says which part is wrong.

Citizen id: GB 11643-1999. USCC: GB 32100-2015. Property unit: 不动产单元号, 28 characters. Certificate numbers:
学历证书编号 (18 digits) and 学位证书编号 (16 characters, prefixed C or Z for 成人 and 自考).
E-license identifier: GB/T 36904.
Input is taken as people and legacy systems write it: full-width digits, spaces around, a lower-case x.
"""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from operator import mul

from registry.errors import IdentifierError
from registry.licenses.identifier import LicenseIdentifier

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECK = "10X98765432"
_CITIZEN_ZEROS = ord("0") * sum(_CITIZEN_WEIGHTS)
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CITIZEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_PROPERTY_UNIT = re.compile(r"[1-9][0-9]{11}[GJZ][A-Z][0-9]{5}[FLQW][0-9]{8}")
_DIPLOMA = re.compile(r"[0-9]{5}[157][0-9]{4}(01|02|04|05|06)[0-9]{6}")
_DEGREE = re.compile(r"[CZ]?[0-9]{5}[234][0-9]{10}")
_MAX_LENGTH = 128


class SubjectKind(StrEnum):
    """What identifies the subject of a question."""

    CITIZEN_ID = "citizen_id"
    USCC = "uscc"
    PROPERTY_UNIT = "property_unit"
    CERTIFICATE_NUMBER = "certificate_number"
    LICENSE_IDENTIFIER = "license_identifier"


def parse_identifier(kind: SubjectKind, text: str) -> str:
    """The identifier in its one canonical spelling.

    Raises:
        IdentifierError: names the part that breaks the rule; the value itself is never repeated.
    """
    if len(text) > _MAX_LENGTH:
        raise IdentifierError("subject.identifier", f"at most {_MAX_LENGTH} characters")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _PARSERS[kind](text.strip().upper())


def citizen_check_character(first17: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    return _CITIZEN_CHECK[(sum(map(mul, first17.encode(), _CITIZEN_WEIGHTS)) - _CITIZEN_ZEROS) % 11]


def uscc_check_character(first17: str) -> str:
    """MOD 31 over the first 17 characters."""
    total = sum(_USCC_VALUES[item] * weight for item, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def _citizen_id(text: str) -> str:
    if not _CITIZEN.fullmatch(text):
        raise IdentifierError("subject.identifier", "a citizen id has 17 digits and a check character (GB 11643)")
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as error:
        raise IdentifierError("subject.identifier", "positions 7 to 14 must be a date of birth (GB 11643)") from error
    if citizen_check_character(text[:17]) != text[17]:
        raise IdentifierError("subject.identifier", "the check character, position 18, is wrong (GB 11643)")
    return text


def parse_uscc(text: str) -> str:
    """A unified social credit code.

    Raises:
        IdentifierError: names the rule.
    """
    if not _USCC.fullmatch(text):
        raise IdentifierError("uscc", "18 characters of 0-9 and A-Z without I, O, S, V, Z (GB 32100)")
    if uscc_check_character(text[:17]) != text[17]:
        raise IdentifierError("uscc", "the check character, position 18, is wrong (GB 32100)")
    return text


def _property_unit(text: str) -> str:
    if not _PROPERTY_UNIT.fullmatch(text):
        raise IdentifierError(
            "subject.identifier", "a property unit has region, cadastral parts, G/J/Z…, F/L/Q/W…, 28 in all"
        )
    return text


def _certificate_number(text: str) -> str:
    if not (_DIPLOMA.fullmatch(text) or _DEGREE.fullmatch(text)):
        raise IdentifierError(
            "subject.identifier", "a diploma number has 18 digits, a degree number 16 with optional C or Z"
        )
    return text


def _license_identifier(text: str) -> str:
    try:
        return LicenseIdentifier.parse(text).text
    except IdentifierError as error:
        raise IdentifierError("subject.identifier", error.rule) from error


_PARSERS = {
    SubjectKind.CITIZEN_ID: _citizen_id,
    SubjectKind.USCC: parse_uscc,
    SubjectKind.PROPERTY_UNIT: _property_unit,
    SubjectKind.CERTIFICATE_NUMBER: _certificate_number,
    SubjectKind.LICENSE_IDENTIFIER: _license_identifier,
}
