"""The wiring of the HTTP process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg
import structlog
from starlette.applications import Starlette

from exchange.acts.road import Road
from exchange.acts.state import IN_DOUBT
from exchange.licensing.downloads import Downloads
from exchange.licensing.printer import Printer
from exchange.licensing.publication import StatusLists
from exchange.node.checkpoints import Checkpoints
from exchange.node.health import checks
from exchange.node.http import make_app
from exchange.node.pages import Pages
from exchange.node.portcheck import grpc_port
from exchange.node.wiring.folder import open_folder
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.node.wiring.state import state_of
from exchange.pages import fonts
from exchange.pki.agency_seals import AgencySeal
from exchange.pki.key_vault import KeyVault
from exchange.settings import Settings
from registry.connection import connect, pool
from registry.ledger.leaf import Pseudonyms
from registry.ledger.remote import RemoteLedger
from registry.register import Register
from registry.register_watch import RegisterWatch
from registry.seals.kinds import TargetKind
from registry.seals.records import recorded_seals_in_force

_POOL = 4
_SECONDS = 20.0
_HEALTH_SECONDS = 5.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Web:
    """The objects that the HTTP process runs."""

    app: Starlette
    watch: RegisterWatch


@asynccontextmanager
async def open_web(settings: Settings, url: str, socket: Path) -> AsyncIterator[Web]:
    """Connect everything, with the database at ``url`` and the ledger writer on ``socket``.

    Raises:
        RegistryError: the database or the ledger writer does not answer.
    """
    fonts.use(settings.path(settings.node.fonts))
    async with AsyncExitStack() as opened:
        folder = await opened.enter_async_context(open_folder(settings, url))
        vault = folder.vault
        connections = await opened.enter_async_context(pool(url, _POOL, _SECONDS))
        ledger = RemoteLedger(socket)
        await ledger.open()
        opened.push_async_callback(ledger.close)
        road = Road(ledger, Pseudonyms(vault.pseudonym_key()), settings.limits.calls_per_second)
        opened.push_async_callback(road.drain)
        appender = make_appender(settings, vault, await ledger_states(folder.database))
        downloads = Downloads(road, connections, appender, Printer(vault.tsa(), settings.data / "pages"))
        looks = checks(partial(connect, url, _HEALTH_SECONDS), ledger.ping)
        looks["grpc"] = partial(grpc_port, settings.node, vault.certificates / "root.pem")
        lists = StatusLists(partial(_seal_of, vault), settings.status_uri)
        checkpoints = Checkpoints(folder.published)
        pages = Pages(connections, vault, checkpoints, downloads, lists, settings.status_uri, looks)
        watch = RegisterWatch(url, partial(_follow, road, vault))
        await watch.open()
        yield Web(make_app(pages, settings.limits.pages_per_second), watch)


async def _seal_of(vault: KeyVault, connection: asyncpg.Connection, agency: str) -> AgencySeal | None:
    """Return an agency's seal for status lists, which are also published while registers are in doubt."""
    register = Register(seals={seal.id: seal for seal in await recorded_seals_in_force(connection, agency)})
    return state_of(register, vault).seals.of(agency, TargetKind.STATUS_LIST)


async def _follow(road: Road, vault: KeyVault, register: Register | None) -> None:
    """Decide by each reading of the registers; refuse while they are in doubt."""
    if register is None:
        road.state = IN_DOUBT
        return
    road.state = state_of(register, vault, road.state)
    log.info("register.read", systems=len(register.certificates))
