"""The wiring of a worker: creates and connects its objects."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import structlog

from adapters.licenses import LicenseSource
from exchange.acts.road import Road
from exchange.acts.state import IN_DOUBT, InDoubt
from exchange.documents.service import DocumentService
from exchange.licensing.filling import Filling
from exchange.licensing.printer import Printer
from exchange.licensing.review import Review
from exchange.licensing.service import LicenseService
from exchange.licensing.sharing import LicenseSharing
from exchange.licensing.stating import StatedFacts
from exchange.licensing.store import LicenseStore
from exchange.licensing.watch import EventWatch
from exchange.metrics import tell_doubt
from exchange.node.conformity import log_departed, tell_departed
from exchange.node.sources import Sources
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.node.wiring.registers import publish_revocations
from exchange.node.wiring.state import state_of
from exchange.pages import fonts
from exchange.pki.key_vault import KeyVault
from exchange.query.pipeline import Exchange
from exchange.sealing.pdfs import PdfSealing
from exchange.sealing.service import SealService
from exchange.sealing.store import SealStore
from exchange.sealing.using import SealUse
from exchange.sealing.verifying import SealChecks
from exchange.services.handshakes import Handshakes
from exchange.settings import Settings
from registry.catalogue import Dataset
from registry.connection import pool
from registry.database import Database
from registry.departures import WHOLE
from registry.ledger.leaf import Pseudonyms
from registry.ledger.remote import RemoteLedger
from registry.quotas import Quotas
from registry.register import Register, RegisterWatch

_POOL = 4
_SECONDS = 30.0
log = structlog.get_logger(__name__)


class Node:
    """The objects of a worker; ``writer`` is the ledger writer's socket."""

    def __init__(self, settings: Settings, url: str, writer: Path) -> None:
        fonts.use(settings.path(settings.node.fonts))
        self.settings = settings
        self.vault = KeyVault.of(settings)
        self.database = Database(url)
        self.sources = Sources(settings)
        self.pseudonyms = Pseudonyms(self.vault.pseudonym_key())
        self.handshakes = Handshakes(self.vault)
        self.ledger = RemoteLedger(writer)
        self.road = Road(self.ledger, self.pseudonyms, settings.limits.calls_per_second)
        self.watch = RegisterWatch(url, self._changed)

    async def open(self) -> None:
        """Connect everything; refuse an unknown schema. The ledger writer refuses a ledger in doubt.

        Raises:
            RegistryError: names what is wrong.
        """
        await self.database.require_current_schema()
        appender = make_appender(self.settings, self.vault, await ledger_states(self.database))
        await self.ledger.open()
        await self.sources.open()
        self.quotas = Quotas(self.database)
        self.exchange = Exchange(self.road, self.quotas, self.sources.by_dataset)
        self._pool = await pool(self.database.url, _POOL, _SECONDS)
        store = LicenseStore(self._pool, appender, self.pseudonyms)
        self.service = LicenseService(self.road, store, self._pool, self.settings.status_uri)
        tsa = self.vault.tsa()
        self.sharing = LicenseSharing(self.service, self.exchange, Printer(tsa, self.settings.data / "pages"))
        self.filling = Filling(self.exchange)
        self.stated = StatedFacts(self.service)
        self.review = Review(self.service, self.exchange)
        self.events = EventWatch(self.database.url, self.service)
        seal_store = SealStore(self._pool, self.vault, appender)
        publish = partial(publish_revocations, self.settings, self.database.url)
        self.seals = SealService(self.road, seal_store, self._pool, publish)
        self.seal_use = SealUse(self.seals, self.vault.store, tsa, appender)
        self.pdf_sealing = PdfSealing(self.seals, self.seal_use, self.vault, tsa)
        self.seal_checks = SealChecks(self.seals, self.vault)
        self.documents = DocumentService(self.road, self._pool, appender, self.seal_use, self.pdf_sealing)
        await self.watch.open()

    def datasets(self) -> Mapping[str, Dataset]:
        """Return the recorded catalogue; empty while the registers are in doubt."""
        state = self.road.state
        return {} if isinstance(state, InDoubt) else state.register.datasets

    async def close(self) -> None:
        """Finish calls in flight, and close everything."""
        await self.road.drain()
        await self.events.close()
        await asyncio.to_thread(self.seal_use.close)
        await self.ledger.close()
        await self.quotas.close()
        await self.sources.close()
        await self._pool.close()
        await self.database.close()

    async def _changed(self, register: Register | None) -> None:
        tell_doubt(in_doubt=register is None)
        if register is None:
            self.road.state = IN_DOUBT
            return
        tell_departed({name: len(register.departed.of_register(name)) for name in WHOLE})
        log_departed(list(register.departed.found.values()))
        self.handshakes.accept(register)
        for kind in register.license_types.values():
            self.sources.by_dataset[kind.dataset_id] = LicenseSource(self._pool, kind, self.settings.limits.max_seconds)
        self.road.state = state_of(register, self.vault)
        self.sources.changed.set()
        log.info("register.read", datasets=len(register.datasets), systems=len(register.certificates))
