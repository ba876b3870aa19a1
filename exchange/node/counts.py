"""Files with counts of unreachable keys: one a dataset in the data folder, shared by all processes."""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

VALID_SECONDS = 24 * 3600.0
"""How long a count of a changing store is valid."""


@dataclass(frozen=True, slots=True)
class KeptCount:
    """A count of a store's keys, or a failure if there is no total; ``shape`` is ``SqlSource.shape``.

    ``counted_at`` is its beginning, ``seconds`` its duration.
    """

    shape: str
    counted_at: float
    total: int | None = None
    unreachable: int = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether all keys are reachable, as far as known.

        A count of no rows says nothing about later rows, since the table may be being refilled.
        """
        fresh = 0 <= time.time() - self.counted_at < VALID_SECONDS
        return fresh and bool(self.total) and not self.unreachable


class Counts:
    """The counts in a data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "counts"

    @property
    def exist(self) -> bool:
        """Return whether a node has written a count."""
        return self._folder.is_dir()

    def read(self, dataset: str, shape: str) -> KeptCount | None:
        """Return the last count of a dataset, unless its table or keys were described differently then."""
        try:
            found = KeptCount(**json.loads(self._path(dataset).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.shape == shape else None

    def write(self, dataset: str, count: KeptCount) -> None:
        """Write a count, unless there is a later one; the file is replaced atomically."""
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
