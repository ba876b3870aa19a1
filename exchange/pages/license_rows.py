"""Rows of a license's page, and the check that it can be shown."""

from datetime import date

from exchange.pages.fonts import require_glyphs
from registry.catalogue import FieldType
from registry.licenses.license import Draft, License
from registry.licenses.types import LicenseType


def fields_of(item: Draft | License, kind: LicenseType) -> list[tuple[str, str, str]]:
    """Return the fields with a value: name, title, and text in its usual form."""
    found = [(field, item.fields[field.name]) for field in kind.fields if item.fields.get(field.name)]
    return [
        (field.name, field.title, _day(value) if field.type is FieldType.DATE else field.codes.get(value, value))
        for field, value in found
    ]


def period_of(item: Draft | License) -> str:
    """Return the period of validity as text."""
    begin = _day(item.valid_from.isoformat())
    return f"{begin}至{_day(item.valid_to.isoformat())}" if item.valid_to else f"{begin}至长期"


def require_shown(item: Draft | License, kind: LicenseType, issuer_name: str) -> None:
    """Refuse a license whose page would lack a character.

    Raises:
        RuleError: no font has a character; names the field and the character.
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
