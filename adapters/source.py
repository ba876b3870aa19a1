"""The ``Source`` protocol: set-based lookups of one dataset at the department that holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.identifiers import SubjectKind

Record = Mapping[str, str]
"""Catalogue field → value, in the canonical text of the field's type; a field without a value is absent."""

MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records by key, as of a time. A key without records is absent."""

    records: Mapping[str, Sequence[Record]]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a source can answer now; ``detail`` says what is wrong, ``as_of`` how fresh its data are."""

    ready: bool
    detail: str = ""
    as_of: datetime | None = None


class Source(Protocol):
    """Answers lookups for one dataset. Every implementation passes ``tests/contract/test_source.py``."""

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Look up to 10,000 subjects up at once.

        Args:
            kind: what the keys are; one that the dataset can be asked by.
            keys: canonical identifiers, different from each other.
            fields: catalogue fields that are needed; no other is returned.
            seconds: how long the caller can wait.

        Raises:
            SourceError: nothing is returned in part.
        """

    async def health(self) -> Health:
        """Ask the source whether it is there; never raises."""

    async def close(self) -> None:
        """Let go of connections and files."""
