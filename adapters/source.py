"""The ``Source`` protocol: set-based lookups of one dataset at the department that holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from registry.catalogue import Dataset
from registry.identifiers import SubjectKind

Record = Mapping[str, str | None]
"""Catalogue field → value, in the canonical text of the field's type.

A field without a value is absent. None is a value that cannot be read: the store could not hold its characters.
"""

MAX_KEYS = 10_000

KEYS_UNREACHABLE = "KEYS_UNREACHABLE"
"""Why a source is incomplete: it has, or may have, records under keys that no question could ask for."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records by key, as of a time. A key without records is absent.

    Args:
        records: the records of each key.
        as_of: when the source had it so.
        incomplete: why the absence of a record proves nothing (an ``Unknown`` of ``registry/outcomes.py``); empty if
            every record of the keys is there.
        malformed: for a key with a record that does not fit the description, what is wrong, as "field: rule"; such a
            key has no records.
        single: there is at most one record a key, so a key with a record lacks none.
    """

    records: Mapping[str, Sequence[Record]]
    as_of: datetime
    incomplete: str = ""
    malformed: Mapping[str, str] = field(default_factory=dict)
    single: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a source can answer now.

    ``detail`` says what is wrong, ``as_of`` how fresh its data are, ``rows_aside`` how many rows are set aside.
    """

    ready: bool
    detail: str = ""
    as_of: datetime | None = None
    rows_aside: int = 0


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


@runtime_checkable
class Described(Protocol):
    """A source whose fields a department's description makes."""

    @property
    def catalogue(self) -> Dataset:
        """The dataset as that description has it."""
