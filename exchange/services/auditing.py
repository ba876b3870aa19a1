"""``audit.v1.AuditService``, for systems with the duty to audit; every reading is recorded."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import asyncpg
from yici.audit.v1 import audit_pb2 as pb

from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.road import Road
from exchange.auditing.look import MAX_REASON, Look
from exchange.query.entries import named_subject
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import ActServicer, does
from exchange.services.wire.times import time_of
from exchange.settings import Limits
from keys.errors import InvalidError
from registry.database import Database
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.append import read_head
from registry.ledger.search import Filter, Found, entry, search, subjects_of
from registry.ledger.tree import TreeReader

_INDEX_DIGITS = 18
T = TypeVar("T")
_Read = Callable[[asyncpg.Connection], Awaitable[T | Refusal]]


class AuditServicer(ActServicer):
    """Reads the ledger, and proves its entries."""

    service = pb.DESCRIPTOR.services_by_name["AuditService"]

    def __init__(self, road: Road, limits: Limits, database: Database) -> None:
        super().__init__(road, limits)
        self._database = database

    @does("audit.checkpoint")
    async def get_checkpoint(self, received: Received, context: Context) -> pb.GetCheckpointResponse:
        """Return the signed head."""

        async def read(connection: asyncpg.Connection) -> pb.GetCheckpointResponse:
            return pb.GetCheckpointResponse(checkpoint=(await read_head(connection)).checkpoint)

        return await self._shown(received, context, Look("checkpoint"), read)

    @does("audit.consistency")
    async def get_consistency_proof(self, received: Received, context: Context) -> pb.GetConsistencyProofResponse:
        """Return the proof that one tree extends another."""
        message = received.message

        async def read(connection: asyncpg.Connection) -> pb.GetConsistencyProofResponse | Refusal:
            head = await read_head(connection)
            if message.new_size > head.size:
                return invalid(RuleError("new_size", f"the log has {head.size}"))
            try:
                proof = await TreeReader(connection).consistency(message.old_size, message.new_size)
            except InvalidError as error:
                return Refusal(Reason.INVALID_REQUEST, str(error), "old_size")
            return pb.GetConsistencyProofResponse(hashes=proof)

        return await self._shown(received, context, Look("consistency"), read)

    @does("audit.entry")
    async def get_entry(self, received: Received, context: Context) -> pb.GetEntryResponse:
        """Return one entry with its proof."""
        message = received.message
        unknown = Refusal(Reason.ENTRY_UNKNOWN, f"index: no entry {message.index}", "index")

        async def read(connection: asyncpg.Connection) -> pb.GetEntryResponse | Refusal:
            found = await entry(connection, message.index)
            if found is None:
                return unknown
            try:
                receipt = await TreeReader(connection).receipt(message.index)
            except NotOnRecordError:
                return unknown
            return pb.GetEntryResponse(entry=_message(found), receipt=receipt)

        look = Look("entry", message.reason, object=str(message.index))
        return await self._shown(received, context, look, read)

    @does("audit.search")
    async def list_entries(self, received: Received, context: Context) -> pb.ListEntriesResponse:
        """Return matching entries."""
        message = received.message
        look = Look("search", message.reason, message.subject)
        try:
            if message.subject:
                look = replace(look, pseudonyms=(self._road.pseudonyms.of(named_subject(message.subject)),))
            page = Page.of(message)
            wanted = _filter(message, look.pseudonyms[0] if look.pseudonyms else b"", page.after)
            look = replace(look, request=wanted.opened_with(look.reason[:MAX_REASON]))
        except RuleError as error:
            work: Awaitable[pb.ListEntriesResponse | Refusal]
            work = self.refuse(self.call(received, context), look, error)
            return await self.result_of(context, work)

        async def read(connection: asyncpg.Connection) -> pb.ListEntriesResponse:
            entries, token = page.cut(await search(connection, wanted, page.limit), lambda item: str(item.index))
            return pb.ListEntriesResponse(entries=map(_message, entries), next_page_token=token)

        return await self._shown(received, context, look, read)

    async def _shown(self, received: Received, context: Context, look: Look, read: _Read[T]) -> T:
        """Record a reading, and return its result; a refusal ends the call."""

        async def work(permit: Permit[Look]) -> T | Refusal:
            async with self._connection() as connection:
                found = await read(connection)
                seen = look.object and not isinstance(found, Refusal)
                opened = await subjects_of(connection, int(look.object)) if seen else ()
            if not look.at_tree and not isinstance(found, Refusal):
                recorded = replace(look, pseudonyms=opened) if look.object else look
                await self._road.ledger.record(recorded.permit_entry(permit.requester))
            return found

        return await self.result_of(context, perform(self._road, self.call(received, context), look, work))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self._database.dedicated()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection
        finally:
            await connection.close()


def _filter(message: pb.ListEntriesRequest, pseudonym: bytes, after: str) -> Filter:
    if after and not (after.isdecimal() and len(after) <= _INDEX_DIGITS):
        raise RuleError("page_token", "not a token of this node")
    return Filter(
        message.agency, message.dataset, message.matter, message.decision, message.officer, message.case_number,
        pseudonym, _time(message, "start_time"), _time(message, "end_time"), int(after) if after else None,
    )  # fmt: skip


def _message(entry: Found) -> pb.Entry:
    message = pb.Entry(index=entry.index, leaf=entry.data)
    if entry.opening is not None:
        opening = entry.opening
        message.opening.CopyFrom(
            pb.Opening(
                subject=opening.subject, officer=opening.officer, case_number=opening.case, request=opening.request
            )
        )
    return message


def _time(message: pb.ListEntriesRequest, name: str) -> datetime | None:
    try:
        return time_of(message, name)
    except ValueError as error:
        raise RuleError(name, "must be a time of the years 1 to 9999") from error
