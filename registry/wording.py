"""Messages for pydantic's validation errors, in the terms of docs/registers.md."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from pydantic_core import ErrorDetails

from registry.errors import RuleError

_ATTRIBUTE = re.compile(r"[a-z_][a-z0-9_]*([.\[].*)?")
UNKNOWN_KEY = ("unexpected_keyword_argument", "extra_forbidden")
_KEY_MARK = "[key]"
"""The last part of a location if a key, not its value, is wrong."""
_WORDS = {
    "missing": "is required",
    "string": "must be text",
    "int": "must be a whole number",
    "bool": "must be true or false",
    "tuple": "must be a list: [a, b]",
    "list": "must be a list: [a, b]",
    "dict": "must hold keys and values",
    "mapping": "must hold keys and values",
    "dataclass": "must hold keys and values",
    "datetime": "must be a time with its offset, such as 2026-01-01T00:00:00+08:00",
    "date": "must be a day, such as 2026-01-31",
}
"""Messages by prefix of pydantic's error type."""


def faults_of(error: ErrorDetails, shape: Any, where: str) -> Iterator[RuleError]:
    """Yield the faults of one pydantic error, each with its place and rule."""
    place = _path(where, error["loc"])
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, RuleError):
        for fault in cause.faults:  # a class's own check names its fields; an identifier's names itself
            inside = f"{place}.{fault.field}" if _is_attribute(shape, error["loc"], fault.field) else place
            yield RuleError(inside, fault.rule)
        return
    yield RuleError(place, _rule(error, shape))


def _rule(error: ErrorDetails, shape: Any) -> str:
    kind = error["type"]
    if kind in UNKNOWN_KEY:
        return f"no such key; there are {', '.join(_keys(_inside(shape, error['loc'][:-1])))}"
    if kind == "enum":
        expected = str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
        return f"one of {expected}"
    if kind == "string_type" and not isinstance(error["input"], (list, dict, type(None))):
        return "must be text; what looks like a number, a date, yes or no goes in quotation marks"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return _WORDS.get(kind.partition("_")[0], error["msg"])


def _path(where: str, loc: Sequence[int | str]) -> str:
    parts = (part for part in loc if part != _KEY_MARK)
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _is_attribute(shape: Any, loc: Sequence[int | str], field: str) -> bool:
    found = _ATTRIBUTE.fullmatch(field)
    return bool(found) and re.split(r"[.\[]", field)[0] in _keys(_inside(shape, loc))


def _keys(shape: Any) -> list[str]:
    return [item.name for item in fields(shape)] if is_dataclass(shape) else []


def _inside(shape: Any, loc: Sequence[int | str]) -> Any:
    """Return the type at a location within a type."""
    for part in loc:
        if is_dataclass(shape):
            shape = get_type_hints(shape).get(str(part))
        else:
            arguments = get_args(shape)
            shape = arguments[-1] if get_origin(shape) not in (tuple, list) else arguments[0]
        shape = next((item for item in get_args(shape) if is_dataclass(item)), shape) if _is_union(shape) else shape
    return shape


def _is_union(shape: Any) -> bool:
    return get_origin(shape) is not None and type(None) in get_args(shape)
