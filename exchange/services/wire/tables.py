"""Enums of ours and their protobuf counterparts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Self, TypeVar

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class EnumTable(Generic[E]):
    """The members of an enum and their numbers in a protobuf enum, both ways."""

    numbers: Mapping[E, Any]
    members: Mapping[int, E]

    @classmethod
    def of(cls, wire: Any, prefix: str, members: Iterable[E], unspecified: E | None = None) -> Self:
        """A table of members whose names on the wire have a prefix; ``unspecified`` is what the number 0 stands for."""
        numbers = {member: wire.Value(f"{prefix}_{member.name}") for member in members}
        read = {number: member for member, number in numbers.items()}
        if unspecified is not None:
            read[0] = unspecified
            numbers.setdefault(unspecified, 0)
        return cls(numbers, read)
