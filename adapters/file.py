"""Sources of files dropped into a folder: CSV, XLSX or Parquet.

A new drop is checked as a whole, mapped, and indexed into a SQLite file in the node's data folder, named after the
drop. Lookups read the index, so that a worker's memory does not grow with the file and workers share one index. A
malformed drop is refused as a whole, unless its description sets bad rows aside: the last good drop is still served,
and ``health`` says what is wrong.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from adapters.aside import NotKnown, read_not_known
from adapters.description import Description
from adapters.drops import KINDS
from adapters.errors import MalformedError, SlowError, SourceError, UnavailableError
from adapters.index import build_index, key_cells
from adapters.index_folder import index_description, indexed_drops, remove_old_indexes
from adapters.reach import ROWS_AT_ONCE, KeyRows
from adapters.sampling import Sample, sample_drop
from adapters.source import Fetched, Health
from adapters.spelling import KeyColumn
from adapters.sql import SqlSource
from registry.catalogue import Dataset
from registry.identifiers import SubjectKind

_INDEX_VERSION = 3
_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 60.0
_PATIENCE_SECONDS = 0.05
QUIET_SECONDS = 5.0
"""How many seconds a drop must be unchanged before it is read."""


@dataclass(frozen=True, slots=True)
class _Serving:
    """The index in use, its drop, the drop's time, and what the drop's set-aside rows leave unknown."""

    index: SqlSource
    drop: str
    as_of: datetime
    not_known: NotKnown


class FileSource:
    """A source of the newest drop ``<folder>/<table>.{csv,xlsx,parquet}`` of the described table."""

    def __init__(self, description: Description, folder: Path, index_folder: Path) -> None:
        self._description = description
        self._folder = folder
        self._index_folder = index_folder
        self._serving: _Serving | None = None
        self._drop = ""  # the last drop that was looked at
        self._problem = ""
        self._first_seen = ("", 0.0)  # the newest drop, and since when it is unchanged
        self._failed, self._again = "", 0.0  # a drop that could not be read, and when to try it again
        self._last_look = -_LOOK_SECONDS
        self._loading: asyncio.Task[None] | None = None
        self._shape = sha256(f"{_INDEX_VERSION} {description!r}".encode()).hexdigest()[:8]

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Look records up by key; see ``Source.fetch``. ``as_of`` is the time of the drop."""
        try:
            async with asyncio.timeout(seconds):
                await self._refresh()
        except TimeoutError as error:
            raise SlowError("the drop is still being read") from error
        serving = self._serving
        if serving is None:
            raise UnavailableError(self._problem)
        fetched = await serving.index.fetch(kind, keys, fields, seconds)
        if not serving.not_known.count:
            return replace(fetched, as_of=serving.as_of)
        known = serving.not_known.malformed.get(kind, {})
        malformed = {**fetched.malformed, **{key: known[key] for key in keys if key in known}}
        records = {key: found for key, found in fetched.records.items() if key not in malformed}
        incomplete = fetched.incomplete or serving.not_known.incomplete
        return replace(fetched, records=records, as_of=serving.as_of, incomplete=incomplete, malformed=malformed)

    @property
    def catalogue(self) -> Dataset:
        """Return the dataset of the description; see ``Described.catalogue``."""
        return self._description.catalogue

    async def health(self) -> Health:
        """Check whether a drop can be served; see ``Source.health``."""
        await self._refresh()
        serving = self._serving
        as_of = serving.as_of if serving else datetime.fromtimestamp(0, UTC)
        aside = serving.not_known.count if serving else 0
        detail = self._problem or (f"{aside} rows of the drop are set aside, listed beside it" if aside else "")
        return Health(ready=serving is not None, detail=detail, as_of=as_of, rows_aside=aside)

    async def sample(self, count: int) -> Sample:
        """Read the first rows of the newest drop; see ``Sampled.sample``."""
        drop, _ = self._newest()
        return await asyncio.to_thread(sample_drop, self._description, drop, count)

    async def close(self) -> None:
        """Stop loading; see ``Source.close``."""
        if self._loading is not None:
            await asyncio.gather(self._loading, return_exceptions=True)
        if self._serving is not None:
            await self._serving.index.close()

    @property
    def keys(self) -> Mapping[SubjectKind, KeyColumn]:
        """Return the key columns; see ``Countable.keys``."""
        return self._description.keys

    async def key_rows(self) -> KeyRows:
        """Read all keys of the newest drop, even if it is not served; see ``Countable.key_rows``."""
        path, _ = self._newest()
        rows = await asyncio.to_thread(key_cells, self._description, path)
        while lot := await asyncio.to_thread(lambda: list(islice(rows, ROWS_AT_ONCE))):
            yield lot

    async def reached(self, _kind: SubjectKind, cells: Mapping[Any, str]) -> Collection[Any]:
        """Return all cells, since the index has canonical keys; see ``Countable.reached``."""
        return cells

    async def _refresh(self) -> None:
        """Check at most once a second for a new drop; load it while the last one is served."""
        now = asyncio.get_running_loop().time()
        if now - self._last_look < _LOOK_SECONDS and self._serving is not None:
            return
        self._last_look = now
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._load())
        if self._serving is None:
            await asyncio.shield(self._loading)
        else:
            await asyncio.wait({self._loading}, timeout=_PATIENCE_SECONDS)  # an indexed drop is ready at once

    async def _load(self) -> None:
        drop = ""
        try:
            path, drop = self._newest()
            if self._serving and drop == self._serving.drop:  # an earlier problem is over
                self._drop, self._problem = drop, ""
            if drop == self._drop or (drop == self._failed and asyncio.get_running_loop().time() < self._again):
                return
            index = self._index(drop)
            if not index.exists() and not await self._is_complete(path, drop):
                return  # its writer may still write: the missing half would count as absent records
            if not index.exists():
                await asyncio.to_thread(build_index, self._description, path, index, lambda: self._newest()[1] == drop)
                remove_old_indexes(self._index_folder, self._description.catalogue.id)
            await self._serve(drop)
            self._drop, self._problem = drop, ""
        except MalformedError as error:
            self._drop = drop  # a malformed drop is tried once, not at every check
            await self._keep_last_good(str(error))
        except Exception as error:  # noqa: BLE001  # whatever the error, the last good drop is still served
            self._failed, self._again = drop, asyncio.get_running_loop().time() + _AGAIN_SECONDS
            await self._keep_last_good(str(error) if isinstance(error, SourceError) else "the drop cannot be read")

    async def _is_complete(self, path: Path, drop: str) -> bool:
        """Return whether a drop is no longer written to; wait for that if no other drop can be served."""
        now = asyncio.get_running_loop().time()
        if self._first_seen[0] != drop:
            self._first_seen = (drop, now)
        rested = max(time.time() - path.stat().st_mtime, now - self._first_seen[1])  # a file's time may be ahead
        if rested >= QUIET_SECONDS:
            return True
        if self._serving is None:
            await self._keep_last_good(f"{path.name}: was written to a moment ago")
        if self._serving is not None:
            return False
        await asyncio.sleep(QUIET_SECONDS - rested)
        return self._newest()[1] == drop

    async def _keep_last_good(self, problem: str) -> None:
        """Record what is wrong; a process that has started since the last good drop serves that drop's index."""
        self._problem = problem
        if self._serving is None:
            found = indexed_drops(self._index_folder, self._description.catalogue.id)
            if good := [drop for drop in found if drop.endswith(self._shape)]:
                await self._serve(good[-1])

    async def _serve(self, drop: str) -> None:
        index = SqlSource(index_description(self._description), f"sqlite:///{self._index(drop)}", incomplete="")
        as_of = datetime.fromtimestamp(int(drop.partition("-")[0], 16) / 1e9, UTC)
        not_known = await asyncio.to_thread(read_not_known, self._index(drop))
        former, self._serving = self._serving, _Serving(index, drop, as_of, not_known)
        if former is not None:
            await former.index.close()

    def _index(self, drop: str) -> Path:
        return self._index_folder / f"{self._description.catalogue.id}-{drop}.sqlite"

    def _newest(self) -> tuple[Path, str]:
        drops = [self._folder / f"{self._description.table}{kind}" for kind in KINDS]
        found = [(path.stat(), path) for path in drops if path.is_file()]
        if not found and not self._folder.is_dir():
            raise UnavailableError("the folder of its connection is not there")
        if not found:
            raise UnavailableError(f"no drop {self._description.table} (.csv, .xlsx or .parquet) in its folder")
        stat, path = max(found, key=lambda item: item[0].st_mtime_ns)
        return path, f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{self._shape}"
