"""Tables between enums of the project and protobuf enums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Self, TypeVar

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class EnumTable(Generic[E]):
    """The members of an enum and their numbers in a protobuf enum, in both directions."""

    numbers: Mapping[E, Any]
    members: Mapping[int, E]

    @classmethod
    def of(cls, wire: Any, prefix: str, members: Iterable[E], unspecified: E | None = None) -> Self:
        """Create a table of members whose wire names have a prefix; ``unspecified`` is for the number 0."""
        numbers = {member: wire.Value(f"{prefix}_{member.name}") for member in members}
        read = {number: member for member, number in numbers.items()}
        if unspecified is not None:
            read[0] = unspecified
            numbers.setdefault(unspecified, 0)
        return cls(numbers, read)
