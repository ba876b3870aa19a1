"""State tables: which change leads from which states to which state; other changes are refused.

Policies decide who may make a change (exchange/acts/policies).
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
    """The states in which a change is permitted, and the state after it."""

    sources: frozenset[S]
    target: S


class IllegalTransitionError(RegistryError):
    """The change is not permitted in this state."""


class ConflictError(RegistryError):
    """Another change came first; ``revision`` is the current one."""

    def __init__(self, what: str, revision: int) -> None:
        super().__init__(f"{what}: changed meanwhile; its revision is now {revision}")
        self.revision = revision


def follow(table: Mapping[C, Transition[S]], what: str, change: C, state: S) -> S:
    """Return the state after a change.

    Raises:
        IllegalTransitionError: the change is not permitted; ``what`` names the kind of item.
    """
    transition = table[change]
    if state not in transition.sources:
        raise IllegalTransitionError(f"{what}: {change} is not possible when it is {state}")
    return transition.target
