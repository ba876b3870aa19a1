"""Reading of the ledger on the host: leaves without a reason, openings with one, on the record."""

import asyncio
from dataclasses import replace
from pathlib import Path

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import act
from exchange.cli.opened import opened
from exchange.node.wiring.host import Host, at_host
from exchange.query.entries import named_subject
from exchange.settings import load_settings
from registry.database import Database
from registry.errors import NotOnRecordError
from registry.ledger.search import Filter, Found, entry, search, subjects_of

_OPENED = "OPENED"


def entry_of(data: Path, index: int, why: str) -> Found:
    """Return an entry; its opening only with a reason.

    Raises:
        NotOnRecordError: there is none.
    """

    async def work(host: Host, permit: Permit[Command]) -> Found:
        item = await _entry(host.database, index, opened=True)
        async with host.database.connection() as connection:
            opened_of = await subjects_of(connection, index)
        await host.record(replace(permit.act, pseudonyms=opened_of).permit_entry(permit.principal, _OPENED))
        return item

    async def closed() -> Found:
        async with opened(data) as folder:
            return await _entry(folder.database, index, opened=False)

    command = Command("ledger.show", "audit.entry", why, object=str(index))
    return act(data, command, work) if why else asyncio.run(closed())


def entries_of(data: Path, wanted: Filter, subject: str, limit: int, why: str) -> list[Found]:
    """Return entries, newest first; their openings only with a reason."""

    async def open_() -> list[Found]:
        async with at_host(load_settings(data)) as host:
            about = named_subject(subject) if subject else ""
            pseudonyms = (host.road.pseudonyms.of(about),) if about else ()
            of_subject = replace(wanted, pseudonym=pseudonyms[0]) if pseudonyms else wanted
            request = of_subject.opened_with(why)
            command = Command(
                "ledger.search", "audit.search", why, subject=about, pseudonyms=pseudonyms, request=request
            )

            async def work(permit: Permit[Command]) -> list[Found]:
                entries = await _search(host.database, of_subject, limit, opened=True)
                await host.record(permit.act.permit_entry(permit.principal, _OPENED))
                return entries

            return await host.act(command, work)

    async def closed() -> list[Found]:
        async with opened(data) as folder:
            return await _search(folder.database, wanted, limit, opened=False)

    return asyncio.run(open_() if why else closed())


async def _entry(database: Database, index: int, *, opened: bool) -> Found:
    async with database.connection() as connection:
        item = await entry(connection, index, opened=opened)
    if item is None:
        raise NotOnRecordError(f"index: no entry {index}")
    return item


async def _search(database: Database, wanted: Filter, limit: int, *, opened: bool) -> list[Found]:
    async with database.connection() as connection:
        return await search(connection, wanted, limit, opened=opened)
