"""Filters of lists: ``field = "value" AND field = value``, a part of AIP-160."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from registry.errors import RuleError

_TERM = r'\s*([a-z_]+)\s*=\s*(?:"([^"]*)"|([\w.:-]+))\s*'
_FILTER = re.compile(rf"{_TERM}(?:AND{_TERM})*")
_MAX = 1000


class Filter(NamedTuple):
    """A condition of SQL with ``$1`` and so on, and its values."""

    where: str
    values: tuple[str, ...]


def filter_of(text: str, conditions: Mapping[str, str]) -> Filter:
    """Return a filter; ``conditions`` are those of its fields, with ``{}`` for the place of the value.

    Raises:
        RuleError: it is malformed, or has another field.
    """
    if not text.strip():
        return Filter("", ())
    if len(text) > _MAX or not _FILTER.fullmatch(text):
        raise RuleError("filter", 'must be field = "value", several joined by AND')
    where: list[str] = []
    values: list[str] = []
    for name, quoted, plain in re.findall(_TERM, text):
        if name not in conditions:
            raise RuleError("filter", f"there is no field {name}; there are {', '.join(conditions)}")
        values.append(quoted or plain)
        where.append(conditions[name].format(f"${len(values)}"))
    return Filter(" AND ".join(where), tuple(values))
