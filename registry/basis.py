"""依据: the basis of a request or act: the matter, the case, the legal basis and the officer."""

from collections.abc import Callable
from dataclasses import dataclass

MAX_TEXT = 400
"""The most characters of each part of a basis."""


@dataclass(frozen=True, slots=True)
class Basis:
    """依据: the matter, the case, the legal basis and the officer."""

    matter: str
    case: str
    legal_basis: str
    officer: str

    def with_legal_basis(self, legal_basis: str) -> "Basis":
        """Return the same basis with another legal basis."""
        return Basis(self.matter, self.case, legal_basis, self.officer)

    @property
    def missing(self) -> str:
        """The name in requests of the first missing part; empty if no part is missing."""
        return self._first(lambda value: not value or value.isspace())

    @property
    def too_long(self) -> str:
        """The first part that is longer than ``MAX_TEXT``; empty if none is."""
        return self._first(lambda value: len(value) > MAX_TEXT)

    def _first(self, breaks: Callable[[str], bool]) -> str:
        if breaks(self.matter):
            return "matter"
        if breaks(self.case):
            return "case_number"
        if breaks(self.legal_basis):
            return "legal_basis"
        return "officer" if breaks(self.officer) else ""
