"""A license, from the draft that an issuer hands in to the record that is kept."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from keys.printable import is_printable
from registry.china import CHINA
from registry.claim_checks import check_value
from registry.errors import RuleError
from registry.identifiers import SubjectKind, parse_any, parse_identifier
from registry.licenses.life import LicenseState
from registry.licenses.types import SUBJECT_KINDS, HolderKind, LicenseType, subject_kinds

_MAX_NAME = 200
_MAX_CODE = 64
_MAX_NUMBER = 100
_MAX_HOLDERS = 50
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)
MAX_PHOTO = 200 * 1024
_MAX_SIDE = 2000
_PHOTOS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True, slots=True)
class Holder:
    """持证主体: a person or enterprise, by name and code."""

    kind: HolderKind
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a license rests on: what a dataset said of a subject, as claims that must still hold.

    ``answer`` is the hex digest of the sealed answer that said so.
    """

    dataset: str
    subject_kind: SubjectKind
    subject: str
    values: Mapping[str, str]
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an issuer hands in. ``request`` is the issuer's own number, which makes a repetition harmless."""

    type: str
    request: str
    number: str
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    valid_from: date
    valid_to: date | None = None
    photo: bytes = b""
    holder_key: Mapping[str, Any] | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class License:
    """A license on record. ``revision`` counts its changes; ``digest`` names its envelope, hex SHA-256."""

    identifier: str
    type: str
    type_version: int
    number: str
    issuer: str
    request: str
    version: int
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    valid_from: date
    valid_to: date | None
    issued_at: datetime
    state: LicenseState
    revision: int
    status_list: int
    status_index: int
    envelope: str
    digest: str
    receipt: str = ""
    prior: str = ""
    changed_at: datetime | None = None
    why: str = ""
    flag: str = ""
    annotation: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    photo: bytes = b""

    @property
    def state_now(self) -> LicenseState:
        """The state as of today, in China."""
        return self.state_on(datetime.now(CHINA).date())

    def state_on(self, today: date) -> LicenseState:
        """The state as of a day: past its end a valid license is expired, whether or not that was recorded yet."""
        if self.state is LicenseState.VALID and today < self.valid_from:
            return LicenseState.NOT_ACTIVATED
        past = self.valid_to is not None and self.valid_to < today
        return LicenseState.EXPIRED if past and self.state is LicenseState.VALID else self.state


def check_draft(draft: Draft, kind: LicenseType) -> Draft:
    """The draft in canonical form, after every rule of form is checked.

    Raises:
        RuleError: names the field and the rule; never repeats a value.
    """
    for name, value in (("request", draft.request), ("number", draft.number)):
        if not 0 < len(value) <= _MAX_NUMBER or not is_printable(value):
            raise RuleError(name, f"1 to {_MAX_NUMBER} printable characters")
    holders = _check_holders(draft.holders, kind, draft.facts)
    _check_fields(draft.fields, kind)
    for name, day in (("valid_from", draft.valid_from), ("valid_to", draft.valid_to or draft.valid_from)):
        if not _FIRST <= day <= _LAST:
            raise RuleError(name, f"from {_FIRST} to {_LAST}; a license without end has no valid_to")
    valid_to = draft.valid_to or kind.validity.until(draft.valid_from)
    if valid_to is not None and valid_to < draft.valid_from:
        raise RuleError("valid_to", "must not be before valid_from")
    latest = kind.validity.latest(draft.valid_from)
    if latest is not None and (valid_to is None or valid_to > latest):
        raise RuleError("valid_to", f"{kind.name} holds for {kind.validity.longest} months at most")
    if draft.photo:
        _check_photo(draft.photo, kind)
    return Draft(
        draft.type, draft.request, draft.number, holders, dict(draft.fields), draft.valid_from, valid_to, draft.photo,
        draft.holder_key, draft.facts,
    )  # fmt: skip


def _check_photo(photo: bytes, kind: LicenseType) -> None:
    if not kind.photo:
        raise RuleError("photo", f"{kind.name} has none")
    rule = f"a JPEG or PNG of at most {MAX_PHOTO} bytes and {_MAX_SIDE} pixels a side"
    if len(photo) > MAX_PHOTO or not photo.startswith(_PHOTOS):
        raise RuleError("photo", rule)
    from PIL import Image  # noqa: PLC0415  # a tenth of a second that most of the node's starts do not need

    try:
        with Image.open(io.BytesIO(photo), formats=("JPEG", "PNG")) as picture:
            if max(picture.size) > _MAX_SIDE:
                raise RuleError("photo", rule)
            picture.load()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise RuleError("photo", rule) from error


def _check_holders(holders: tuple[Holder, ...], kind: LicenseType, facts: Sequence[Fact]) -> tuple[Holder, ...]:
    on_record = {(fact.subject_kind, fact.subject) for fact in facts}
    most = _MAX_HOLDERS if kind.many_holders else 1
    if not 0 < len(holders) <= most:
        raise RuleError("holders", f"{kind.name} has 1 to {most}" if most > 1 else f"{kind.name} has one")
    found = []
    for at, holder in enumerate(holders):
        if holder.kind not in kind.holder_kinds:
            raise RuleError(f"holders[{at}].kind", f"one of {', '.join(kind.holder_kinds)}")
        if not 0 < len(holder.name) <= _MAX_NAME or not is_printable(holder.name):
            raise RuleError(f"holders[{at}].name", f"1 to {_MAX_NAME} printable characters")
        try:
            code = canonical_code(holder.kind, holder.code)
            if (SubjectKind.IRREGULAR_USCC, code) not in on_record:  # only its source knows that it was issued so
                code = _by_the_rule(holder.kind, code)
        except RuleError as error:
            raise RuleError(f"holders[{at}].code", error.rule) from error
        found.append(Holder(holder.kind, code, holder.name))
    if len({(item.kind, item.code) for item in found}) != len(found):
        raise RuleError("holders", "must be different from each other")
    return tuple(found)


def canonical_code(kind: HolderKind, code: str) -> str:
    """A holder's code in its one spelling; a USCC can be one that was issued irregularly.

    Raises:
        RuleError: not a code of this kind.
    """
    if kinds := subject_kinds(kind):
        return parse_any(kinds, code)[1]
    code = code.strip().upper()
    if not 0 < len(code) <= _MAX_CODE or not code.isalnum():
        raise RuleError("code", f"1 to {_MAX_CODE} letters and digits")
    return code


def _by_the_rule(kind: HolderKind, code: str) -> str:
    return parse_identifier(SUBJECT_KINDS[kind], code) if kind in SUBJECT_KINDS else code


def _check_fields(fields: Mapping[str, str], kind: LicenseType) -> None:
    for name in fields:
        if name not in kind.by_name:
            raise RuleError(f"fields.{name[:50]}", f"no such field in {kind.name}")
    for item in kind.fields:
        value = fields.get(item.name, "")
        if not value:
            if item.required:
                raise RuleError(f"fields.{item.name}", "is required")
            continue
        if len(value) > item.max_length or not is_printable(value):
            raise RuleError(f"fields.{item.name}", f"at most {item.max_length} characters, printable")
        check_value(item.catalogued(), value, f"fields.{item.name}")
