"""Faults of an input, collected so that all of them are told at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import RuleError, RulesError


class Faults:
    """What is wrong with one input, place by place."""

    def __init__(self, where: str = "") -> None:
        """``where`` goes before the field of every fault."""
        self._where = where
        self._found: list[RuleError] = []

    def add(self, field: str, rule: str) -> None:
        """A fault."""
        self._found.append(RuleError(f"{self._where}{field}", rule))

    def require(self, holds: object, field: str, rule: str) -> None:
        """A fault, unless something holds."""
        if not holds:
            self.add(field, rule)

    @contextmanager
    def collecting(self, field: str = "") -> Iterator[None]:
        """Collect what the block raises, in the name of a field if one is given, and go on after it."""
        try:
            yield
        except RuleError as error:
            for fault in error.faults:
                self.add(field or fault.field, fault.rule)

    def raise_any(self) -> None:
        """Raise what was found, if anything was.

        Raises:
            RuleError: one fault.
            RulesError: several.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise RulesError(self._found)
