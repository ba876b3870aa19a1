"""The sources of a node by dataset, updated without restart when the data folder changes.

A dataset with an invalid description or connection is out of service, with the reason; the others are served. A change
is applied once two consecutive checks have seen the same files, so that a file is not read while it is written. Calls
in flight finish with the former source.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from adapters.description import Description
from adapters.idle import IdleSource
from adapters.source import Source
from exchange.node.descriptions import Described, descriptions_of
from exchange.settings import FILE, BrokenConnection, Connection, RestConnection, Settings, load_settings
from registry.errors import RuleError

LOOK_SECONDS = 2.0
log = structlog.get_logger(__name__)

_Stamp = tuple[tuple[str, int, int, int], ...]
"""The name, inode, size and time of each relevant file."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """The inputs of a source; equal inputs mean the same source."""

    description: Description | None
    wrong: str
    connection: Connection | BrokenConnection | None
    files: _Stamp


class Sources:
    """The sources ``by_dataset``, updated from ``open`` to ``close``; the node adds license types."""

    def __init__(self, settings: Settings, make: Callable[[Settings, Description], Source]) -> None:
        """Create none yet; ``make`` creates the source of a description, or raises RuleError."""
        self._settings = settings
        self._make_source = make
        self._bases: dict[str, _Basis] = {}
        self._seen: _Stamp = ()
        self._taken: _Stamp = ()
        self._retiring: set[asyncio.Task[None]] = set()
        self._files: dict[str, str] = {}
        self._former: list[Source] = []
        self.by_dataset: dict[str, Source] = {}
        self.changed = asyncio.Event()

    async def open(self) -> None:
        """Create all described sources."""
        self._taken = self._seen = self._stamp()
        self._apply_changes()

    async def keep_current(self) -> None:
        """Apply changes until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  # whatever the error, the present sources keep serving
                log.error("sources.not_read", error=type(error).__name__)

    async def look(self) -> None:
        """Apply changes since the last update, if the files are unchanged since the last check."""
        stamp = await asyncio.to_thread(self._stamp)
        if stamp != self._taken and stamp == self._seen:
            self._taken = stamp
            try:
                self._settings = await asyncio.to_thread(load_settings, self._settings.data)
            except RuleError as error:
                log.error("connections.not_taken_up", error=str(error))
            self._apply_changes()
        self._seen = stamp

    async def close(self) -> None:
        """Close every source."""
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for source in (*self._former, *self.by_dataset.values()):
            await source.close()

    def _apply_changes(self) -> None:
        described = descriptions_of(self._settings.data / "datasets", self._files)
        self._files = {item.file: dataset for dataset, item in described.items()}
        for dataset in [name for name in self._bases if name not in described]:
            del self._bases[dataset]
            self._retire(self.by_dataset.pop(dataset))
            log.warning("source.removed", dataset=dataset)
        for dataset, item in described.items():
            basis = self._basis(item)
            if self._bases.get(dataset) != basis:
                former = self.by_dataset.get(dataset)
                self._bases[dataset], self.by_dataset[dataset] = basis, self._make(item)
                if former is not None:
                    self._retire(former)
        self.changed.set()

    def _make(self, item: Described) -> Source:
        try:
            if item.description is None:
                raise RuleError(f"datasets/{item.dataset}", item.wrong)
            source = self._make_source(self._settings, item.description)
        except RuleError as error:
            log.error("source.out_of_service", dataset=item.dataset, why=str(error))
            return IdleSource(str(error))
        log.info("source.taken_up", dataset=item.dataset)
        return source

    def _basis(self, item: Described) -> _Basis:
        connection = self._settings.connections.get(item.description.connection) if item.description else None
        files = tuple(_stat(path) for path in self._secrets(connection))
        return _Basis(item.description, item.wrong, connection, files)

    def _secrets(self, connection: Connection | BrokenConnection | None) -> Iterator[Path]:
        if isinstance(connection, RestConnection):
            yield from map(self._settings.path, connection.files.values())

    def _stamp(self) -> _Stamp:
        data = self._settings.data
        secrets = [path for connection in self._settings.connections.values() for path in self._secrets(connection)]
        return tuple(_stat(path) for path in [data / FILE, *sorted((data / "datasets").glob("*.y*ml")), *secrets])

    def _retire(self, source: Source) -> None:
        self._former.append(source)
        task = asyncio.create_task(self._close_later(source))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _close_later(self, source: Source) -> None:
        """Close a former source when no call can use it any more."""
        await asyncio.sleep(self._settings.limits.max_seconds)
        self._former.remove(source)
        await source.close()


def _stat(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, 0
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns
