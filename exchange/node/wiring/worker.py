"""The wiring of a worker's process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from adapters.licenses import LicenseSource
from exchange.acts.road import Road
from exchange.acts.state import IN_DOUBT, InDoubt
from exchange.metrics import tell_doubt
from exchange.node.conformity import log_departed, tell_departed
from exchange.node.counting import read_first
from exchange.node.counts import Counts
from exchange.node.server import Server
from exchange.node.sources import Sources
from exchange.node.wiring.folder import open_folder
from exchange.node.wiring.services import open_services
from exchange.node.wiring.sources import counts_of, open_sources
from exchange.node.wiring.state import state_of
from exchange.pages import fonts
from exchange.pki.key_vault import KeyVault
from exchange.services.handshakes import Handshakes
from exchange.settings import Settings
from registry.catalogue import Dataset
from registry.connection import pool
from registry.departures import ENROLMENT, WHOLE
from registry.ledger.leaf import Pseudonyms
from registry.ledger.remote import RemoteLedger
from registry.register import Register
from registry.register_watch import RegisterWatch

_POOL = 4
_SECONDS = 30.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """The objects that a worker's process runs."""

    server: Server
    watch: RegisterWatch
    sources: Sources
    counts: Counts
    road: Road

    def datasets(self) -> Mapping[str, Dataset]:
        """Return the recorded catalogue; empty while the registers are in doubt."""
        state = self.road.state
        return {} if isinstance(state, InDoubt) else state.register.datasets


@asynccontextmanager
async def open_worker(settings: Settings, url: str, socket: Path) -> AsyncIterator[Worker]:
    """Connect everything, with the database at ``url`` and the ledger writer on ``socket``.

    Calls in flight are recorded before the ledger is closed.

    Raises:
        RegistryError: names what is wrong.
    """
    fonts.use(settings.path(settings.node.fonts))
    async with AsyncExitStack() as opened:
        folder = await opened.enter_async_context(open_folder(settings, url))
        ledger = RemoteLedger(socket)
        await ledger.open()
        opened.push_async_callback(ledger.close)
        connections = await opened.enter_async_context(pool(url, _POOL, _SECONDS))
        sources = await opened.enter_async_context(open_sources(settings))
        road = Road(ledger, Pseudonyms(folder.vault.pseudonym_key()), settings.limits.calls_per_second)
        servicers = await opened.enter_async_context(open_services(folder, connections, road, sources.by_dataset))
        opened.push_async_callback(road.drain)
        handshakes = Handshakes(folder.vault)
        watch = RegisterWatch(url, _Registers(road, folder.vault, connections, sources, handshakes, settings).follow)
        await watch.open()
        counts = counts_of(settings)
        await read_first(sources.by_dataset, counts)
        yield Worker(Server(settings, road, ledger, handshakes, servicers), watch, sources, counts, road)


@dataclass(frozen=True, slots=True)
class _Registers:
    """Passes each reading of the registers to the objects that depend on it."""

    road: Road
    vault: KeyVault
    connections: asyncpg.Pool
    sources: Sources
    handshakes: Handshakes
    settings: Settings

    async def follow(self, register: Register | None) -> None:
        tell_doubt(in_doubt=register is None)
        if register is None:
            self.road.state = IN_DOUBT
            return
        tell_departed({name: len(register.departed.of_register(name)) for name in WHOLE})
        log_departed(list(register.departed.found.values()))
        if not ENROLMENT.isdisjoint(register.changed):
            self.handshakes.accept(register)
        if "license-type" in register.changed:
            for kind in register.license_types.values():
                source = LicenseSource(self.connections, kind, self.settings.limits.max_seconds)
                self.sources.by_dataset[kind.dataset_id] = source
        self.road.state = state_of(register, self.vault, self.road.state)
        self.sources.changed.set()
        log.info("register.read", datasets=len(register.datasets), systems=len(register.certificates))
