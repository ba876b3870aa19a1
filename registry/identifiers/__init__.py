"""Identifiers of subjects; errors name the part that is wrong, never the value.

Accepted are the spellings of people and legacy systems: full-width digits, surrounding spaces, a lower-case x.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from registry.errors import IdentifierError
from registry.identifiers.certificates import parse_certificate_number, parse_unchecked_number
from registry.identifiers.enterprises import check_character as uscc_check_character
from registry.identifiers.enterprises import parse_irregular_uscc, parse_uscc
from registry.identifiers.persons import check_character as citizen_check_character
from registry.identifiers.persons import parse_citizen_id, parse_foreigner_card, short_citizen_id
from registry.identifiers.property_units import parse_property_unit
from registry.identifiers.travel import parse_hong_kong_macao_permit, parse_passport, parse_taiwan_permit
from registry.licenses.identifier import LicenseIdentifier
from registry.names import compatible

__all__ = [
    "SubjectKind",
    "citizen_check_character",
    "parse_any",
    "parse_identifier",
    "parse_uscc",
    "short_citizen_id",
    "uscc_check_character",
]

_FIELD = "subject.identifier"
_MAX_LENGTH = 128


class SubjectKind(StrEnum):
    """The kind of identifier of the subject of a query.

    Numbers of the kinds ``unchecked_certificate_number`` and ``irregular_uscc`` follow no rule that could be checked.
    Every answer names the kind, so that its reader knows.
    """

    CITIZEN_ID = "citizen_id"
    USCC = "uscc"
    PROPERTY_UNIT = "property_unit"
    CERTIFICATE_NUMBER = "certificate_number"
    LICENSE_IDENTIFIER = "license_identifier"
    FOREIGNER_CARD = "foreigner_card"
    PASSPORT = "passport"
    HONG_KONG_MACAO_PERMIT = "hong_kong_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    UNCHECKED_CERTIFICATE_NUMBER = "unchecked_certificate_number"
    IRREGULAR_USCC = "irregular_uscc"


def parse_identifier(kind: SubjectKind, text: str) -> str:
    """Return an identifier in canonical spelling.

    Raises:
        IdentifierError: names the part that breaks the rule, never the value.
    """
    if len(text) > _MAX_LENGTH:
        raise IdentifierError(_FIELD, f"at most {_MAX_LENGTH} characters")
    if not text.isascii():
        text = compatible(text)
    text = text.strip().upper()
    try:
        return _PARSERS[kind](text)
    except IdentifierError as error:
        raise IdentifierError(_FIELD, error.rule) from error


def parse_any(kinds: Sequence[SubjectKind], text: str) -> tuple[SubjectKind, str]:
    """Return the first of several kinds that an identifier can be, and its canonical spelling.

    Raises:
        IdentifierError: it is of none of the kinds; says why not of the first.
    """
    failed: IdentifierError | None = None
    for kind in kinds:
        try:
            return kind, parse_identifier(kind, text)
        except IdentifierError as error:
            failed = failed or error
    raise failed or IdentifierError(_FIELD, "a kind is required")


def _license_identifier(text: str) -> str:
    return LicenseIdentifier.parse(text).text


_PARSERS: dict[SubjectKind, Callable[[str], str]] = {
    SubjectKind.CITIZEN_ID: parse_citizen_id,
    SubjectKind.USCC: parse_uscc,
    SubjectKind.PROPERTY_UNIT: parse_property_unit,
    SubjectKind.CERTIFICATE_NUMBER: parse_certificate_number,
    SubjectKind.LICENSE_IDENTIFIER: _license_identifier,
    SubjectKind.FOREIGNER_CARD: parse_foreigner_card,
    SubjectKind.PASSPORT: parse_passport,
    SubjectKind.HONG_KONG_MACAO_PERMIT: parse_hong_kong_macao_permit,
    SubjectKind.TAIWAN_PERMIT: parse_taiwan_permit,
    SubjectKind.UNCHECKED_CERTIFICATE_NUMBER: parse_unchecked_number,
    SubjectKind.IRREGULAR_USCC: parse_irregular_uscc,
}
