"""Wiring: creates and connects the objects of a node's processes."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import asyncpg
import structlog

from adapters.licenses import LicenseSource
from exchange.acts.authorization import Authorizer
from exchange.acts.road import Road
from exchange.acts.state import IN_DOUBT, InDoubt, NodeState
from exchange.documents.desk import DocumentDesk
from exchange.licensing.counter import Counter
from exchange.licensing.desk import Desk
from exchange.licensing.download import Downloads
from exchange.licensing.filling import Filling
from exchange.licensing.office import Office
from exchange.licensing.printer import Printer
from exchange.licensing.review import Review
from exchange.licensing.stating import StatedFacts
from exchange.licensing.watch import EventWatch
from exchange.metrics import tell_doubt
from exchange.node.checkpoints import Checkpoints
from exchange.node.conformity import log_departed, tell_departed
from exchange.node.health import checks
from exchange.node.http import Pages
from exchange.node.portcheck import grpc_port
from exchange.node.registrars import ledger_states, make_appender
from exchange.node.revocation import publish_revocations
from exchange.node.sources import Sources
from exchange.pages import fonts
from exchange.paths import published
from exchange.pki.agency_seals import AgencySeal, AgencySeals
from exchange.pki.key_vault import KeyVault, issuing_der
from exchange.query.access import grant_policies
from exchange.query.pipeline import Exchange
from exchange.sealing.access import rule_policies
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
from registry.departures import WHOLE
from registry.ledger.leaf import Pseudonyms
from registry.ledger.remote import RemoteLedger
from registry.quotas import Quotas
from registry.register import Register, RegisterWatch
from registry.seals.kinds import TargetKind
from registry.seals.records import seals_in_force

_POOL = 4
_SECONDS, _PAGE_SECONDS = 30.0, 20.0
GENERATORS = {"Dataset": grant_policies, "Seal": rule_policies}
"""The generators of policies from the registers, by type of resource."""
log = structlog.get_logger(__name__)


def state_of(register: Register, vault: KeyVault) -> NodeState:
    """Return the node's state for a reading of the registers."""
    seals = AgencySeals(register, vault.store, issuing_der(vault))
    return NodeState(register, Authorizer(register, GENERATORS), seals)


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
        office = Office(self._pool, appender, self.pseudonyms)
        self.desk = Desk(self.road, office, self._pool, self.settings.status_uri)
        tsa = self.vault.tsa()
        self.counter = Counter(self.desk, self.exchange, Printer(tsa, self.settings.data / "pages"))
        self.filling = Filling(self.exchange)
        self.stated = StatedFacts(self.desk)
        self.review = Review(self.desk, self.exchange)
        self.events = EventWatch(self.database.url, self.desk)
        seal_office = SealOffice(self._pool, self.vault, appender)
        publish = partial(publish_revocations, self.settings, self.database.url)
        self.seal_desk = SealDesk(self.road, seal_office, self._pool, publish)
        self.seal_use = SealUse(self.seal_desk, self.vault.store, tsa, appender)
        self.pdf_sealing = PdfSealing(self.seal_desk, self.seal_use, self.vault, tsa)
        self.seal_checks = SealChecks(self.seal_desk, self.vault)
        self.documents = DocumentDesk(self.road, self._pool, appender, self.seal_use, self.pdf_sealing)
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


class Web:
    """The objects of the HTTP process; see ``Node``."""

    def __init__(self, settings: Settings, url: str, writer: Path) -> None:
        fonts.use(settings.path(settings.node.fonts))
        self._settings = settings
        self._url = url
        self._writer = writer
        self._vault = KeyVault.of(settings)
        self._ledger = RemoteLedger(writer)
        self._road = Road(self._ledger, Pseudonyms(self._vault.pseudonym_key()), settings.limits.calls_per_second)
        self.watch = RegisterWatch(url, self._changed)

    async def open(self) -> Pages:
        """Connect everything, and read the registers; ``watch`` follows them.

        Raises:
            RegistryError: the database or the ledger writer does not answer.
        """
        settings = self._settings
        appender = make_appender(settings, self._vault, await ledger_states(Database(self._url)))
        await self._ledger.open()
        self._pool = await pool(self._url, _POOL, _PAGE_SECONDS)
        downloads = Downloads(self._road, self._pool, appender, Printer(self._vault.tsa(), settings.data / "pages"))
        looks = {**checks(self._url, self._writer), "grpc": lambda: grpc_port(settings)}
        checkpoints = Checkpoints(published(settings))
        await self.watch.open()
        return Pages(self._pool, self._vault, checkpoints, downloads, self._seal_of, settings.status_uri, looks)

    async def close(self) -> None:
        """Record counted refusals, and disconnect."""
        await self._road.drain()
        await self._ledger.close()
        await self._pool.close()

    async def _seal_of(self, connection: asyncpg.Connection, agency: str) -> AgencySeal | None:
        """Return an agency's seal for status lists, which are also published while registers are in doubt."""
        register = Register(seals={seal.id: seal for seal in await seals_in_force(connection)})
        return state_of(register, self._vault).seals.of(agency, TargetKind.STATUS_LIST)

    async def _changed(self, register: Register | None) -> None:
        self._road.state = IN_DOUBT if register is None else state_of(register, self._vault)
