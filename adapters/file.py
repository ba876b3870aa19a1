"""Sources that are files dropped into a folder: CSV, XLSX or Parquet.

A new drop is checked whole, mapped and indexed into a SQLite file beside the node's data, under a name that tells
which drop it is; lookups go there, so a worker's memory does not grow with the file and workers share one index.
A malformed drop is refused whole: the last good one stays, and health says what is wrong.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from adapters.description import Column, Description
from adapters.drops import KINDS
from adapters.errors import MalformedError, SlowError, SourceError, UnavailableError
from adapters.index import build_index
from adapters.source import Fetched, Health
from adapters.sql import SqlSource
from registry.identifiers import SubjectKind

_LOOK_SECONDS = 1.0


class FileSource:
    """The newest drop ``<folder>/<table>.{csv,xlsx,parquet}``, where ``table`` is the description's."""

    def __init__(self, description: Description, folder: Path, index_folder: Path) -> None:
        self._description = description
        self._folder = folder
        self._index_folder = index_folder
        self._serving: SqlSource | None = None
        self._drop = self._served = ""  # the last one looked at, and the last good one
        self._as_of = datetime.fromtimestamp(0, UTC)
        self._problem = ""
        self._looked_at = -_LOOK_SECONDS
        self._loading: asyncio.Task[None] | None = None
        self._indexing = False
        self._shape = sha256(repr(description).encode()).hexdigest()[:8]

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """See ``Source``. ``as_of`` is the time of the drop."""
        try:
            async with asyncio.timeout(seconds):
                await self._refresh()
        except TimeoutError as error:
            raise SlowError("the drop is still being read") from error
        if self._serving is None:
            raise UnavailableError(self._problem)
        fetched = await self._serving.fetch(kind, keys, fields, seconds)
        return Fetched(fetched.records, self._as_of)

    async def health(self) -> Health:
        """See ``Source``."""
        await self._refresh()
        return Health(ready=self._serving is not None, detail=self._problem, as_of=self._as_of)

    async def close(self) -> None:
        """See ``Source``."""
        if self._loading is not None:
            await asyncio.gather(self._loading, return_exceptions=True)
        if self._serving is not None:
            await self._serving.close()

    async def _refresh(self) -> None:
        """Look, at most once a second, whether there is a new drop; while one is serving, load beside it."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < _LOOK_SECONDS and self._serving is not None:
            return
        self._looked_at = now
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._load())
        if self._serving is None or not self._indexing:
            await asyncio.shield(self._loading)

    async def _load(self) -> None:
        try:
            path, drop = self._newest()
            if drop == self._drop:
                if drop == self._served:  # what was wrong meanwhile is over
                    self._problem = ""
                return
            index = self._index_folder / f"{self._description.catalogue.id}-{drop}.sqlite"
            if not index.exists():
                self._indexing = True
                await asyncio.to_thread(build_index, self._description, path, index)
                if self._newest()[1] != drop:  # it was replaced while it was read
                    index.unlink(missing_ok=True)
                    return
                _forget_old(self._index_folder, self._description.catalogue.id)
            as_of = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except MalformedError as error:
            self._drop, self._problem = drop, str(error)  # a malformed drop is tried once, not at every look
            return
        except Exception as error:  # noqa: BLE001  # whatever a drop does to its reader: the last good one stays
            self._problem = str(error) if isinstance(error, SourceError) else "the drop cannot be read"
            return
        finally:
            self._indexing = False
        former, self._serving = self._serving, SqlSource(_indexed(self._description), f"sqlite:///{index}")
        self._drop = self._served = drop
        self._as_of, self._problem = as_of, ""
        if former is not None:
            await former.close()

    def _newest(self) -> tuple[Path, str]:
        drops = [self._folder / f"{self._description.table}{kind}" for kind in KINDS]
        found = [(path.stat(), path) for path in drops if path.exists()]
        if not found:
            raise UnavailableError(f"no drop {self._description.table} (.csv, .xlsx or .parquet) in its folder")
        stat, path = max(found, key=lambda item: item[0].st_mtime_ns)
        return path, f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{self._shape}"


def _forget_old(folder: Path, dataset: str) -> None:
    """Keep the newest index and the one before it, which another worker may still be reading."""
    name = re.compile(rf"{re.escape(dataset)}-[0-9a-f]+-[0-9a-f]+-[0-9a-f]{{8}}\.sqlite")
    indexes = [path for path in folder.iterdir() if name.fullmatch(path.name)]
    for path in sorted(indexes, key=lambda path: path.stat().st_mtime_ns)[:-2]:
        path.unlink(missing_ok=True)


def _indexed(description: Description) -> Description:
    """The description of the index: same dataset, its columns already mapped."""
    keys = {kind: f"key_{kind.value}" for kind in description.keys}
    fields = {name: Column(name) for name in description.fields}
    return replace(description, table="records", keys=keys, fields=fields)
