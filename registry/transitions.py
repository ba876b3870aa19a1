"""State tables: which change leads from which states to which state; other changes are refused.

Policies decide who may make a change (exchange/acts/policies).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from registry.errors import RegistryError

C = TypeVar("C", bound=StrEnum)
S = TypeVar("S", bound=StrEnum)


class IllegalTransitionError(RegistryError):
    """The change is not permitted in this state."""


class ConflictError(RegistryError):
    """Another change came first; ``revision`` is the current one."""

    def __init__(self, what: str, revision: int) -> None:
        super().__init__(f"{what}: changed meanwhile; its revision is now {revision}")
        self.revision = revision


@dataclass(frozen=True, slots=True)
class Transitions(Generic[C, S]):
    """The permitted changes of a kind of ``item``, each with the states before it and the state after it."""

    item: str
    table: Mapping[C, tuple[AbstractSet[S], S]]

    def after(self, change: C, state: S) -> S:
        """Return the state after a change.

        Raises:
            IllegalTransitionError: the change is not permitted in this state.
        """
        before, after = self.table[change]
        if state not in before:
            raise IllegalTransitionError(f"{self.item}: {change} is not possible when it is {state}")
        return after
