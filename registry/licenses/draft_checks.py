"""Checks of drafts of licenses against every rule of form of their type."""

import io
from collections.abc import Mapping, Sequence
from datetime import date

from keys.printable import is_printable
from registry.claim_checks import check_value
from registry.errors import RuleError
from registry.identifiers import SubjectKind, parse_identifier
from registry.licenses.holders import SUBJECT_KINDS, Holder, HolderKind, canonical_code
from registry.licenses.license import Draft, Fact
from registry.licenses.types import LicenseType

_MAX_NAME = 200
_MAX_NUMBER = 100
_MAX_HOLDERS = 50
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)
MAX_PHOTO = 200 * 1024
_MAX_SIDE = 2000
_PHOTOS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def check_draft(draft: Draft, kind: LicenseType) -> Draft:
    """Check every rule of form, and return the draft in canonical form.

    Raises:
        RuleError: names the field and the rule, never a value.
    """
    for name, value in (("request_id", draft.request), ("number", draft.number)):
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
    from PIL import Image  # noqa: PLC0415  # takes a tenth of a second, and few starts of the node need it

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
            if (SubjectKind.IRREGULAR_USCC, code) not in on_record:  # only the source knows of irregularly issued codes
                code = _check_code(holder.kind, code)
        except RuleError as error:
            raise RuleError(f"holders[{at}].code", error.rule) from error
        found.append(Holder(holder.kind, code, holder.name))
    if len({(item.kind, item.code) for item in found}) != len(found):
        raise RuleError("holders", "must be different from each other")
    return tuple(found)


def _check_code(kind: HolderKind, code: str) -> str:
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
