"""The wiring of the HTTP process: creates and connects its objects."""

from pathlib import Path

import asyncpg
import structlog

from exchange.acts.road import Road
from exchange.acts.state import IN_DOUBT
from exchange.licensing.downloads import Downloads
from exchange.licensing.printer import Printer
from exchange.node.checkpoints import Checkpoints
from exchange.node.health import checks
from exchange.node.http import Pages
from exchange.node.portcheck import grpc_port
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.node.wiring.state import state_of
from exchange.pages import fonts
from exchange.paths import published
from exchange.pki.agency_seals import AgencySeal
from exchange.pki.key_vault import KeyVault
from exchange.settings import Settings
from registry.connection import pool
from registry.database import Database
from registry.ledger.leaf import Pseudonyms
from registry.ledger.remote import RemoteLedger
from registry.register import Register, RegisterWatch
from registry.seals.kinds import TargetKind
from registry.seals.records import seals_in_force

_POOL = 4
_SECONDS = 20.0
log = structlog.get_logger(__name__)


class Web:
    """The objects of the HTTP process; ``open`` makes its pages."""

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
        self._pool = await pool(self._url, _POOL, _SECONDS)
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
        if register is None:
            self._road.state = IN_DOUBT
            return
        self._road.state = state_of(register, self._vault)
        log.info("register.read", systems=len(register.certificates))
