"""The wiring of a worker's gRPC services, and of the rooms that do their work."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from adapters.source import Source
from exchange.acts.road import Road
from exchange.admin.desk import Desk
from exchange.documents.service import DocumentService
from exchange.licensing.filling import Filling
from exchange.licensing.printer import Printer
from exchange.licensing.review import Review
from exchange.licensing.service import LicenseService
from exchange.licensing.sharing import LicenseSharing
from exchange.licensing.stating import StatedFacts
from exchange.licensing.store import LicenseStore
from exchange.licensing.watch import EventWatch
from exchange.node.wiring.admin import admin_servicers
from exchange.node.wiring.folder import DataFolder
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.node.wiring.registers import publish_revocations
from exchange.query.pipeline import Exchange
from exchange.sealing.pdfs import PdfSealing
from exchange.sealing.service import SealService
from exchange.sealing.store import SealStore
from exchange.sealing.using import SealUse
from exchange.sealing.verifying import SealChecks
from exchange.services.asking import ExchangeServicer
from exchange.services.auditing import AuditServicer
from exchange.services.cataloguing import CatalogueServicer
from exchange.services.documents import DocumentServicer
from exchange.services.issuing import IssuingServicer
from exchange.services.reviewing import ReviewingServicer
from exchange.services.sealing import SealServicer
from exchange.services.servicer import ActServicer
from exchange.services.showing import ShowingServicer
from registry.connection import connect
from registry.quotas import Quotas


@asynccontextmanager
async def open_services(
    folder: DataFolder, pool: asyncpg.Pool, road: Road, sources: Mapping[str, Source]
) -> AsyncIterator[list[ActServicer]]:
    """Open the services of every RPC."""
    settings, vault, url = folder.settings, folder.vault, folder.database.url
    limits, tsa = settings.limits, vault.tsa()
    appender = make_appender(settings, vault, await ledger_states(folder.database))
    quotas = Quotas(folder.database)
    exchange = Exchange(road, quotas, sources)
    licenses = LicenseService(road, LicenseStore(pool, appender, road.pseudonyms), pool, settings.status_uri)
    sharing = LicenseSharing(licenses, exchange, Printer(tsa, settings.data / "pages"))
    events = EventWatch(partial(connect, url), licenses)
    publish = partial(publish_revocations, settings, url)
    seals = SealService(road, SealStore(pool, vault, appender), pool, publish)
    seal_use = SealUse(seals, vault.store, tsa, appender)
    pdfs = PdfSealing(seals, seal_use, vault, tsa)
    documents = DocumentService(road, pool, appender, seal_use, pdfs)
    try:
        yield [
            ExchangeServicer(road, limits, exchange),
            CatalogueServicer(road, limits),
            IssuingServicer(road, limits, licenses, Filling(exchange), sharing.qr),
            ShowingServicer(road, limits, sharing),
            ReviewingServicer(road, limits, StatedFacts(licenses), Review(licenses, exchange), events),
            SealServicer(road, limits, seals, seal_use, pdfs, SealChecks(seals, vault)),
            DocumentServicer(road, limits, documents),
            AuditServicer(road, limits, folder.database),
            *admin_servicers(road, limits, Desk(road, pool, appender)),
        ]
    finally:
        await events.close()
        await asyncio.to_thread(seal_use.close)
        await quotas.close()
