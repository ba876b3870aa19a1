"""Faults of settings, in the terms of the file."""

from pydantic import ValidationError

_KIND = "its kind must be sql, rest or file"
_PLAIN = {"extra_forbidden": "no such setting", "union_tag_invalid": _KIND, "union_tag_not_found": _KIND}
"""Messages by pydantic's error type, without terms of Python."""


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return the place of the first error, and its rule."""
    first = error.errors(include_input=False, include_url=False)[0]
    return ".".join(map(str, first["loc"])), _PLAIN.get(first["type"], first["msg"])
