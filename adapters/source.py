"""The ``Source`` protocol: lookups of many keys in one dataset at the department that holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from registry.catalogue import Dataset
from registry.identifiers import SubjectKind

Record = Mapping[str, str | None]
"""Catalogue field → value, in the canonical text of the field's type.

A field without a value is absent. None is a value that cannot be read because its characters are damaged.
"""

MAX_KEYS = 10_000

DEPARTED = "ledger: what is on record is not as the ledger records it"
"""What is wrong with a record of one of this registry's own datasets that was changed behind the ledger."""

KEYS_UNREACHABLE = "KEYS_UNREACHABLE"
"""The reason of incompleteness when a store has, or may have, records that no query can find."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The records of a lookup by key, as of a time. A key without records is absent.

    Args:
        records: the records of each key.
        as_of: the time at which the source had these records.
        incomplete: why the absence of a record proves nothing (an ``Unknown`` of ``registry/outcomes.py``); empty
            if every record of the keys is present.
        malformed: for each key with a record that does not fit the description, what is wrong, as "field:
            rule"; such a key has no records.
        single: a key has at most one record, so a key with a record lacks none.
    """

    records: Mapping[str, Sequence[Record]]
    as_of: datetime
    incomplete: str = ""
    malformed: Mapping[str, str] = field(default_factory=dict)
    single: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a source: whether it can answer now.

    ``detail`` says what is wrong, ``as_of`` when its data are from, ``rows_aside`` how many rows are set aside.
    """

    ready: bool
    detail: str = ""
    as_of: datetime | None = None
    rows_aside: int = 0


class Source(Protocol):
    """Answers lookups in one dataset. Every implementation passes ``tests/contract/test_source.py``."""

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Look up to 10,000 subjects up at once.

        Args:
            kind: the kind of the keys; one by which the dataset can be queried.
            keys: distinct canonical identifiers.
            fields: the catalogue fields to return; no others are returned.
            seconds: how long the caller can wait.

        Raises:
            SourceError: the lookup failed; there are no partial results.
        """

    async def health(self) -> Health:
        """Check whether the source can answer; never raises."""

    async def close(self) -> None:
        """Release connections and files."""


@runtime_checkable
class Described(Protocol):
    """A source whose dataset comes from a department's description."""

    @property
    def catalogue(self) -> Dataset:
        """Return the dataset of the description."""
