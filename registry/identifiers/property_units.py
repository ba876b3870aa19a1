"""Numbers of property units (不动产单元号): 28 characters, often written in four groups."""

import re

from registry.errors import IdentifierError

_UNIT = re.compile(r"([1-8][0-9]{5}) ?([0-9]{6}) ?([GJZ][A-Z][0-9]{5}) ?([FLQW][0-9]{8})")


def parse_property_unit(text: str) -> str:
    """Parse a property unit's number, and return it without blanks.

    Raises:
        IdentifierError: the number has another form.
    """
    found = _UNIT.fullmatch(text)
    if not found:
        rule = "a property unit has region, cadastral parts, G/J/Z…, F/L/Q/W…, 28 in all, or in four groups"
        raise IdentifierError("property unit", rule)
    return "".join(found.groups())
