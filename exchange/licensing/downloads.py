"""Downloads: use up a code, record its use, and return the watermarked page; or record a refusal."""

import asyncpg

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.road import Road
from exchange.licensing.access import UNKNOWN, UNKNOWN_CODE, over_code, over_license, shown_whole
from exchange.licensing.entries import about
from exchange.licensing.printer import Printer
from registry.basis import Basis
from registry.ledger.appender import TransactionalAppender
from registry.licenses import codes, records

_SECONDS = 30.0


class Downloads:
    """Returns pages to bearers of codes, with the present rights of the codes' makers."""

    def __init__(self, road: Road, pool: asyncpg.Pool, appender: TransactionalAppender, printer: Printer) -> None:
        self._road = road
        self._pool = pool
        self._appender = appender
        self._printer = printer

    async def take(self, code: str) -> bytes | Refusal | None:
        """Return a code's PDF, watermarked with purpose and requester; a code is valid once.

        None for texts that were never codes: they are refused before anything is written, so guessing makes no entries.
        """
        if not codes.is_code(code):
            return None
        async with self._pool.acquire() as connection:
            made = await codes.get_code(connection, code)
        if made is None:
            return None
        act = RegisterAct("download", Basis(**made.basis), reason=made.purpose)

        async def work(permit: Permit[RegisterAct]) -> bytes | Refusal:
            async with self._pool.acquire() as connection, connection.transaction():
                return await self._take(connection, permit, code)

        return await perform(self._road, Call("Download", b"", _SECONDS, bearer_of=made.made_by), act, work)

    async def _take(self, connection: asyncpg.Connection, permit: Permit[RegisterAct], code: str) -> bytes | Refusal:
        made = await codes.get_code(connection, code, lock=True)
        if made is None:
            return UNKNOWN_CODE
        open_ = over_code(permit, made)
        if isinstance(open_, Refusal):
            return open_
        found = await records.get_license(connection, made.identifiers[0])
        if found is None:
            return UNKNOWN
        over = over_license(permit, found, shown_whole)
        if isinstance(over, Refusal):
            return over
        page = await self._printer.page(permit.state, found, made.purpose)
        if isinstance(page, Refusal):
            return page
        downloaded = about(permit.act, found)
        entry = permit_entry(
            permit.requester, downloaded, "DOWNLOADED", found.digest, found.issuer, self._road.pseudonyms
        )
        used = await codes.use_up(connection, code, "download")
        await self._appender.record(connection, [used, entry])
        return page
