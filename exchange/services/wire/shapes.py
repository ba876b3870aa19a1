"""Conversion between objects and messages whose fields have the same names.

A member of a StrEnum is the number of ``PREFIX_MEMBER``, where the prefix is the enum's name on the wire; a time is a
Timestamp, an object a message, and a tuple a repeated field. What a message leaves unset is the field's default.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from exchange.services.wire.times import time_message, time_of
from registry.errors import RuleError

T = TypeVar("T")
M = TypeVar("M", bound=Message)
_TIMESTAMP = "google.protobuf.Timestamp"


def to_message(value: Any, shape: type[M]) -> M:
    """Return an object, or a mapping by names of fields, as a message; what it does not have stays unset."""
    parts: dict[str, Any] = {}
    descriptor: Any = shape.DESCRIPTOR  # two types of it are known to the checker, and one is used
    for field in descriptor.fields:
        given = value.get(field.name) if isinstance(value, Mapping) else getattr(value, field.name, None)
        if given is None:
            continue
        if _is_map(field):
            parts[field.name] = dict(given)
        else:
            parts[field.name] = [_sent(item, field) for item in given] if field.is_repeated else _sent(given, field)
    return shape(**parts)


def data_of(message: Message) -> dict[str, Any]:
    """Return what is set in a message by names of fields; enums are lower-case text.

    Raises:
        RuleError: an enum has a number that it does not know, or a time is none.
    """
    return {field.name: _read(message, field) for field, _ in message.ListFields()}


def from_message(message: Message, shape: type[T]) -> T:
    """Return a message as a dataclass."""
    return _made(shape, data_of(message))


def _sent(value: Any, field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        name = value.name if isinstance(value, Enum) else str(value).upper()
        return field.enum_type.values_by_name[f"{_prefix(field.enum_type)}_{name}"].number
    if field.message_type is None:
        return value
    if field.message_type.full_name == _TIMESTAMP:
        return time_message(value)
    return to_message(value, GetMessageClass(field.message_type))


def _read(message: Message, field: FieldDescriptor) -> Any:
    value = getattr(message, field.name)
    if _is_map(field):
        return dict(value)
    if field.is_repeated:
        return [_received(item, field) for item in value]
    if field.message_type is not None and field.message_type.full_name == _TIMESTAMP:
        try:
            return time_of(message, field.name)
        except ValueError as error:
            raise RuleError(field.name, "must be a time of the years 1 to 9999") from error
    return _received(value, field)


def _received(value: Any, field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        if known is None:
            raise RuleError(field.name, "must be a value of its enum")
        return known.name.removeprefix(f"{_prefix(field.enum_type)}_").lower()
    return data_of(value) if field.message_type is not None else value


def _made(shape: type[T], data: Mapping[str, Any]) -> T:
    hints = get_type_hints(shape)
    given = {item.name: _converted(hints[item.name], data[item.name]) for item in fields(shape) if item.name in data}  # type: ignore[arg-type]  # a dataclass
    return shape(**given)


def _converted(hint: Any, value: Any) -> Any:
    if isinstance(hint, UnionType):
        [hint] = [item for item in get_args(hint) if item is not type(None)]
    if get_origin(hint) is tuple:
        return tuple(_converted(get_args(hint)[0], item) for item in value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return _made(hint, value) if isinstance(value, dict) and isinstance(hint, type) and hint is not dict else value


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _prefix(enum: EnumDescriptor) -> str:
    """Return the beginning of the names of an enum's values."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper()
