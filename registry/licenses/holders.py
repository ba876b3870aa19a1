"""持证主体: holders of licenses, by the codes of GB/T 36903."""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from registry.errors import RuleError
from registry.identifiers import SubjectKind, parse_any, parse_identifier

_MAX_CODE = 64


class HolderKind(StrEnum):
    """持证主体代码类型: kinds of holder codes of GB/T 36903."""

    USCC = "001"
    OTHER_LEGAL_PERSON = "099"
    CITIZEN_ID = "111"
    OFFICER_ID = "114"
    POLICE_ID = "115"
    DIPLOMATIC_PASSPORT = "411"
    SERVICE_PASSPORT = "412"
    PUBLIC_AFFAIRS_PASSPORT = "413"
    PASSPORT = "414"
    TAIWAN_PERMIT = "511"
    HONG_KONG_MACAO_PERMIT = "516"
    FOREIGNER_CARD = "553"
    OTHER = "999"


HOLDER_KIND_NAMES = {
    HolderKind.USCC: "统一社会信用代码",
    HolderKind.OTHER_LEGAL_PERSON: "其他法人或其他组织代码",
    HolderKind.CITIZEN_ID: "公民身份号码",
    HolderKind.OFFICER_ID: "军官证号",
    HolderKind.POLICE_ID: "警官证号",
    HolderKind.DIPLOMATIC_PASSPORT: "外交护照号",
    HolderKind.SERVICE_PASSPORT: "公务护照号",
    HolderKind.PUBLIC_AFFAIRS_PASSPORT: "因公普通护照号",
    HolderKind.PASSPORT: "护照号",
    HolderKind.TAIWAN_PERMIT: "台湾居民来往大陆通行证号",
    HolderKind.HONG_KONG_MACAO_PERMIT: "港澳居民来往内地通行证号",
    HolderKind.FOREIGNER_CARD: "外国人永久居留身份证号",
    HolderKind.OTHER: "其他自然人证件号",
}
SUBJECT_KINDS = {
    HolderKind.USCC: SubjectKind.USCC,
    HolderKind.CITIZEN_ID: SubjectKind.CITIZEN_ID,
    HolderKind.DIPLOMATIC_PASSPORT: SubjectKind.PASSPORT,
    HolderKind.SERVICE_PASSPORT: SubjectKind.PASSPORT,
    HolderKind.PUBLIC_AFFAIRS_PASSPORT: SubjectKind.PASSPORT,
    HolderKind.PASSPORT: SubjectKind.PASSPORT,
    HolderKind.TAIWAN_PERMIT: SubjectKind.TAIWAN_PERMIT,
    HolderKind.HONG_KONG_MACAO_PERMIT: SubjectKind.HONG_KONG_MACAO_PERMIT,
    HolderKind.FOREIGNER_CARD: SubjectKind.FOREIGNER_CARD,
}
"""The kinds of holder code that can be queried, and the kind of subject for each."""


def subject_kinds(kind: HolderKind) -> tuple[SubjectKind, ...]:
    """Return the kinds of subject that a holder's code can be, the regular one first; empty if none."""
    if kind is HolderKind.USCC:
        return SubjectKind.USCC, SubjectKind.IRREGULAR_USCC
    return (SUBJECT_KINDS[kind],) if kind in SUBJECT_KINDS else ()


def subject_name(kind: HolderKind, code: str) -> str:
    """Return a holder as ``kind:identifier``, the form of subjects."""
    first, *others = subject_kinds(kind) or (kind,)
    for other in others:
        with suppress(RuleError):
            return f"{other}:{parse_identifier(other, code)}"
    return f"{first}:{code}"


@dataclass(frozen=True, slots=True)
class Holder:
    """持证主体: a person or enterprise, by name and code."""

    kind: HolderKind
    code: str
    name: str


def codes_of(code: str) -> list[tuple[HolderKind, str]]:
    """Return the kinds of holder code that a text can be, each with its canonical spelling."""
    found = []
    for kind in HolderKind:
        with suppress(RuleError):
            found.append((kind, canonical_code(kind, code)))
    return found


def canonical_code(kind: HolderKind, code: str) -> str:
    """Return a holder's code in canonical spelling; a USCC may be an irregularly issued one.

    Raises:
        RuleError: the text is not a code of this kind.
    """
    if kinds := subject_kinds(kind):
        return parse_any(kinds, code)[1]
    code = code.strip().upper()
    if not 0 < len(code) <= _MAX_CODE or not code.isalnum():
        raise RuleError("code", f"1 to {_MAX_CODE} letters and digits")
    return code
