"""Counts of keys that no question could reach, kept in the data folder: one file a dataset, shared by all processes."""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

VALID_SECONDS = 24 * 3600.0
"""How long a count says something about a store that changes."""


@dataclass(frozen=True, slots=True)
class KeptCount:
    """A count of a store's keys, or, without a total, that it failed; ``shape`` is ``SqlSource.shape``.

    ``counted_at`` is when it began and ``seconds`` how long it took.
    """

    shape: str
    counted_at: float
    total: int | None = None
    unreachable: int = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every key is within reach of a question, as far as is known now.

        A count of no rows says nothing about the rows that come next: the table may be being filled again.
        """
        fresh = 0 <= time.time() - self.counted_at < VALID_SECONDS
        return fresh and bool(self.total) and not self.unreachable


class Counts:
    """The counts of a data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "counts"

    @property
    def exist(self) -> bool:
        """Whether a node has kept a count."""
        return self._folder.is_dir()

    def read(self, dataset: str, shape: str) -> KeptCount | None:
        """The last count of a dataset, if its store and its keys are described as they were then."""
        try:
            found = KeptCount(**json.loads(self._path(dataset).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.shape == shape else None

    def write(self, dataset: str, count: KeptCount) -> None:
        """Keep a count unless a later one is kept; readers see the former one or this one, whole."""
        former = self.read(dataset, count.shape)
        if former is not None and count.counted_at < former.counted_at <= time.time():
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        fresh = self._folder / f"{dataset}.{os.getpid()}.tmp"
        try:
            fresh.write_text(json.dumps(asdict(count)), encoding="utf-8")
            fresh.replace(self._path(dataset))
        finally:
            with suppress(OSError):
                fresh.unlink()

    def _path(self, dataset: str) -> Path:
        return self._folder / f"{dataset}.json"
