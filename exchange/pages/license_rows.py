"""What the page of a license shows, and whether it can be shown."""

from exchange.pages.fonts import require_glyphs
from registry.licenses.license import Draft, License
from registry.licenses.types import LicenseType


def rows_of(item: Draft | License, kind: LicenseType) -> list[tuple[str, str, str]]:
    """The rows of the page: the field that a row is of, its title, its text."""
    end = item.valid_to.isoformat() if item.valid_to else "长期"
    fields = [
        (f"fields.{field.name}", field.title, field.codes.get(item.fields[field.name], item.fields[field.name]))
        for field in kind.fields
        if item.fields.get(field.name)
    ]
    return [
        ("holders", "持证主体", "、".join(holder.name for holder in item.holders)),
        ("holders", "证件号码", "、".join(holder.code for holder in item.holders)),
        *fields,
        ("valid_from", "有效期", f"{item.valid_from} 至 {end}"),
    ]


def require_shown(item: Draft | License, kind: LicenseType, issuer_name: str) -> None:
    """Refuse a license that its page would show with a blank.

    Raises:
        RuleError: no font has a character; the field and the character are named.
    """
    require_glyphs("type", kind.name + kind.name_en)
    require_glyphs("issuer", issuer_name)
    require_glyphs("number", item.number)
    for field, title, text in rows_of(item, kind):
        require_glyphs(field, title + text)
