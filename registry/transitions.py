"""Tables of what may follow what: states and changes. What a table does not hold is not legal.

Who may make a change is for policies to say (exchange/acts/policies).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from registry.errors import RegistryError

S = TypeVar("S", bound=StrEnum)
C = TypeVar("C", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """From which states, to which."""

    sources: frozenset[S]
    target: S


class IllegalTransitionError(RegistryError):
    """The table does not hold this change of this state."""


class FourEyesError(RegistryError):
    """One person would do what two must."""


class ConflictError(RegistryError):
    """Someone else changed the item first; ``revision`` is the present one."""

    def __init__(self, what: str, revision: int) -> None:
        super().__init__(f"{what}: changed meanwhile; its revision is now {revision}")
        self.revision = revision


def follow(table: Mapping[C, Transition[S]], what: str, change: C, state: S) -> S:
    """The state that follows a change.

    Raises:
        IllegalTransitionError: says why not; ``what`` names the kind of item.
    """
    transition = table[change]
    if state not in transition.sources:
        raise IllegalTransitionError(f"{what}: {change} is not possible when it is {state}")
    return transition.target
