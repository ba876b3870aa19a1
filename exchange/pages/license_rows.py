"""What the page of a license shows, and whether it can be shown."""

from datetime import date

from exchange.pages.fonts import require_glyphs
from registry.catalogue import FieldType
from registry.licenses.license import Draft, License
from registry.licenses.types import LicenseType


def fields_of(item: Draft | License, kind: LicenseType) -> list[tuple[str, str, str]]:
    """The fields that have a value: name, title, and the text as people write it."""
    found = [(field, item.fields[field.name]) for field in kind.fields if item.fields.get(field.name)]
    return [
        (field.name, field.title, _day(value) if field.type is FieldType.DATE else field.codes.get(value, value))
        for field, value in found
    ]


def period_of(item: Draft | License) -> str:
    """The period for which it is valid."""
    begin = _day(item.valid_from.isoformat())
    return f"{begin}至{_day(item.valid_to.isoformat())}" if item.valid_to else f"{begin}至长期"


def require_shown(item: Draft | License, kind: LicenseType, issuer_name: str) -> None:
    """Refuse a license that its page would show with a blank.

    Raises:
        RuleError: no font has a character; the field and the character are named.
    """
    require_glyphs("type", kind.name + kind.name_en)
    require_glyphs("issuer", issuer_name)
    require_glyphs("number", item.number)
    for holder in item.holders:
        require_glyphs("holders", holder.name + holder.code)
    for name, title, text in fields_of(item, kind):
        require_glyphs(f"fields.{name}", title + text)


def _day(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日"
