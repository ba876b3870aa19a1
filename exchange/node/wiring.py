"""Wires a node together; the only place that does."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import structlog

from adapters.licenses import LicenseSource
from exchange.documents.desk import DocumentDesk
from exchange.licensing.counter import Counter
from exchange.licensing.desk import Desk
from exchange.licensing.desk import Standing as LicenseStanding
from exchange.licensing.envelope import Seals
from exchange.licensing.filling import Filling
from exchange.licensing.office import Office
from exchange.licensing.review import Review
from exchange.licensing.stating import StatedFacts
from exchange.licensing.watch import EventWatch
from exchange.metrics import tell_doubt
from exchange.node.registrars import ledger_states, make_pen
from exchange.node.revocation import publish_revocations
from exchange.node.sources import Sources
from exchange.pages import fonts
from exchange.pki.authority import Vault, issuing_der
from exchange.query.access import Access
from exchange.query.answers import Sealer
from exchange.query.pipeline import Exchange, Standing
from exchange.sealing.access import SealAccess
from exchange.sealing.desk import SealDesk
from exchange.sealing.office import SealOffice
from exchange.sealing.pdfs import PdfSealing
from exchange.sealing.using import SealUse
from exchange.sealing.verifying import SealChecks
from exchange.services.handshakes import Handshakes
from exchange.settings import Settings
from registry.catalogue import Dataset
from registry.connection import pool
from registry.database import Database
from registry.ledger.leaf import Pseudonyms
from registry.ledger.remote import RemoteLedger
from registry.quotas import Quotas
from registry.register import Register, RegisterWatch

_POOL = 4
_SECONDS = 30.0
log = structlog.get_logger(__name__)


class Node:
    """Everything that one worker process needs to answer; ``scribe`` is the socket of who writes the ledger."""

    def __init__(self, settings: Settings, url: str, scribe: Path) -> None:
        fonts.use(settings.path(settings.node.fonts))
        self.settings = settings
        self.vault = Vault.of(settings)
        self.database = Database(url)
        self.sources = Sources(settings)
        self.pseudonyms = Pseudonyms(self.vault.pseudonym_key())
        self.handshakes = Handshakes(self.vault)
        self.ledger = RemoteLedger(scribe)
        self.watch = RegisterWatch(url, self._changed)

    async def open(self) -> None:
        """Connect everything; refuses an unknown schema. The scribe refuses a ledger in doubt.

        Raises:
            RegistryError: says what is wrong.
        """
        await self.database.require_current_schema()
        pen = make_pen(self.settings, self.vault, await ledger_states(self.database))
        await self.ledger.open()
        await self.sources.open()
        self.quotas = Quotas(self.database)
        self.exchange = Exchange(self.ledger, self.quotas, self.sources.by_dataset, self.pseudonyms)
        self._pool = await pool(self.database.url, _POOL, _SECONDS)
        office = Office(self._pool, pen, self.pseudonyms)
        self.desk = Desk(self.exchange, self.ledger, office, self._pool, self.pseudonyms, self.settings.status_uri)
        clock = self.vault.clock()
        self.counter = Counter(self.desk, clock, self.settings.data / "pages")
        self.filling = Filling(self.desk)
        self.stated = StatedFacts(self.desk)
        self.review = Review(self.desk)
        self.events = EventWatch(self.database.url, self.desk)
        seal_office = SealOffice(self._pool, self.vault, pen)
        self.seal_desk = SealDesk(
            self.exchange, self.ledger, seal_office, self._pool, self.pseudonyms,
            partial(publish_revocations, self.settings, self.database.url),
        )  # fmt: skip
        self.seal_use = SealUse(self.seal_desk, self.vault.store, clock, pen)
        self.pdf_sealing = PdfSealing(self.seal_desk, self.seal_use, self.vault, clock)
        self.seal_checks = SealChecks(self.seal_desk, self.vault)
        self.documents = DocumentDesk(
            self.exchange, self.ledger, self._pool, self.pseudonyms, pen, self.seal_use, self.pdf_sealing
        )
        await self.watch.open()

    def datasets(self) -> Mapping[str, Dataset]:
        """The catalogue on record, as far as it is known."""
        standing = self.exchange.standing
        return standing.register.datasets if standing else {}

    async def close(self) -> None:
        """Finish what is in flight and let go of everything."""
        await self.exchange.drain()
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
            self.exchange.standing = None
            self.desk.standing = LicenseStanding(Register(), Seals({}))
            self.seal_desk.access = SealAccess(Register())
            return
        self.handshakes.accept(register)
        sealer = Sealer(register, self.vault.store, issuing_der(self.vault))
        for kind in register.license_types.values():
            self.sources.by_dataset[kind.dataset_id] = LicenseSource(self._pool, kind, self.settings.limits.max_seconds)
        self.exchange.standing = Standing(register, Access(register), sealer)
        seals = Seals.read(register, self.vault.store, issuing_der(self.vault))
        self.desk.standing = LicenseStanding(register, seals)
        self.seal_desk.access = SealAccess(register)
        self.sources.changed.set()
        log.info("register.read", datasets=len(register.datasets), systems=len(register.certificates))
