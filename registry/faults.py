"""Faults of an input, collected in order to report all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import RuleError, RulesError


class Faults:
    """The faults of one input, each with its field and rule."""

    def __init__(self, where: str = "") -> None:
        """Start without faults; ``where`` is put before the field of every fault."""
        self._where = where
        self._found: list[RuleError] = []

    def add(self, field: str, rule: str, about: str = "") -> None:
        """Add a fault; ``about`` is the id of another item that the rule concerns."""
        self._found.append(RuleError(f"{self._where}{field}", rule, about))

    def require(self, holds: object, field: str, rule: str, about: str = "") -> None:
        """Add a fault unless a condition holds."""
        if not holds:
            self.add(field, rule, about)

    @contextmanager
    def collecting(self, field: str = "") -> Iterator[None]:
        """Collect the errors that the block raises; ``field``, if given, replaces theirs."""
        try:
            yield
        except RuleError as error:
            for fault in error.faults:
                self.add(field or fault.field, fault.rule, fault.about)

    def raise_any(self) -> None:
        """Raise the collected faults, if there are any.

        Raises:
            RuleError: there is one fault.
            RulesError: there are several.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise RulesError(self._found)
