"""Looks at the ledger from the host: at leaves, which anyone may see; with a reason, and on the record, at openings."""

import asyncio
from dataclasses import replace
from pathlib import Path

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import act
from exchange.cli.opened import opened
from exchange.node.wiring.host import Host
from exchange.pki.key_vault import KeyVault
from exchange.query.entries import named_subject
from exchange.settings import load_settings
from registry.database import Database
from registry.errors import NotOnRecordError
from registry.ledger.leaf import Pseudonyms
from registry.ledger.search import Filter, Found, entry, search, subjects_of

_OPENED = "OPENED"


def entry_of(data: Path, index: int, why: str) -> Found:
    """An entry; its opening only with a reason.

    Raises:
        NotOnRecordError: there is none.
    """

    async def find(database: Database) -> Found:
        connection = await database.dedicated()
        try:
            found = await entry(connection, index)
        finally:
            await connection.close()
        if found is None:
            raise NotOnRecordError(f"index: no entry {index}")
        return found

    async def work(host: Host, permit: Permit[Command]) -> Found:
        found = await find(host.database)
        connection = await host.database.dedicated()
        try:
            opened_of = await subjects_of(connection, index)
        finally:
            await connection.close()
        await host.record(replace(permit.act, pseudonyms=opened_of).done(permit.principal, _OPENED))
        return found

    async def closed() -> Found:
        async with opened(data) as (_, database):
            return replace(await find(database), opening=None)

    return (
        act(data, Command("ledger.show", "audit.entry", why, object=str(index)), work) if why else asyncio.run(closed())
    )


def entries_of(data: Path, wanted: Filter, subject: str, limit: int, why: str) -> list[Found]:
    """Entries, newest first; their openings only with a reason, which a look about a person always has."""
    pseudonym = b""
    if subject:
        subject = named_subject(subject)
        pseudonym = Pseudonyms(KeyVault.of(load_settings(data)).pseudonym_key()).of(subject)
    wanted = replace(wanted, pseudonym=pseudonym)

    async def work(host: Host, permit: Permit[Command]) -> list[Found]:
        connection = await host.database.dedicated()
        try:
            found = await search(connection, wanted, limit)
        finally:
            await connection.close()
        await host.record(permit.act.done(permit.principal, _OPENED))
        return found

    async def closed() -> list[Found]:
        async with opened(data) as (_, database):
            connection = await database.dedicated()
            try:
                return [replace(item, opening=None) for item in await search(connection, wanted, limit)]
            finally:
                await connection.close()

    pseudonyms = (pseudonym,) if pseudonym else ()
    command = Command("ledger.search", "audit.search", why, subject=subject, pseudonyms=pseudonyms)
    return act(data, command, work) if why else asyncio.run(closed())
