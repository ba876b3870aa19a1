"""audit.v1.AuditService: only systems with the duty to audit; every look at entries is itself an entry."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
from yici.audit.v1 import audit_pb2 as pb

from exchange.acts.act import Permit
from exchange.acts.perform import perform
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.road import Road
from exchange.auditing.look import Look
from exchange.query.entries import named_subject
from exchange.services.calls import Context, Received
from exchange.services.service import ActService
from exchange.settings import Limits
from keys.errors import InvalidError
from registry.database import Database
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.append import read_head
from registry.ledger.search import MAX_PAGE, Filter, Found, entry, search
from registry.ledger.tree import TreeReader

_DEFAULT_PAGE = 100
_INDEX_DIGITS = 18
T = TypeVar("T")
_Read = Callable[[asyncpg.Connection], Awaitable[T | Refusal]]


class AuditService(ActService):
    """Reads and proves the ledger."""

    def __init__(self, road: Road, limits: Limits, database: Database) -> None:
        super().__init__(road, limits)
        self._database = database

    async def get_checkpoint(self, _received: Received, context: Context) -> pb.GetCheckpointResponse:
        """The signed head."""

        async def read(connection: asyncpg.Connection) -> pb.GetCheckpointResponse:
            return pb.GetCheckpointResponse(checkpoint=(await read_head(connection)).checkpoint)

        return await self._shown("GetCheckpoint", context, Look("checkpoint"), read)

    async def get_consistency(self, received: Received, context: Context) -> pb.GetConsistencyResponse:
        """That one tree extends another."""
        message = received.message

        async def read(connection: asyncpg.Connection) -> pb.GetConsistencyResponse | Refusal:
            head = await read_head(connection)
            if message.size > head.size:
                return invalid(RuleError("size", f"the log has {head.size}"))
            try:
                proof = await TreeReader(connection).consistency(message.old_size, message.size)
            except InvalidError as error:
                return Refusal(Reason.INVALID_REQUEST, str(error), "old_size")
            return pb.GetConsistencyResponse(proof=proof)

        return await self._shown("GetConsistency", context, Look("consistency"), read)

    async def get_entry(self, received: Received, context: Context) -> pb.GetEntryResponse:
        """One entry with its proof."""
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

        return await self._shown("GetEntry", context, Look("entry", message.reason), read)

    async def list_entries(self, received: Received, context: Context) -> pb.ListEntriesResponse:
        """Entries that match."""
        message = received.message
        size = message.page_size or _DEFAULT_PAGE
        wanted, pseudonym, fault = Filter(), b"", None
        try:
            pseudonym = self._road.pseudonyms.of(named_subject(message.subject)) if message.subject else b""
            wanted = _filter(message, pseudonym)
        except RuleError as error:
            fault = invalid(error)

        async def read(connection: asyncpg.Connection) -> pb.ListEntriesResponse:
            found = await search(connection, wanted, size)
            token = str(found[-1].index) if len(found) == size else ""
            return pb.ListEntriesResponse(entries=map(_message, found), next_page_token=token)

        look = Look("search", message.reason, message.subject, pseudonym)
        return await self._shown("ListEntries", context, look, read, fault)

    async def _shown(
        self, method: str, context: Context, look: Look, read: _Read[T], fault: Refusal | None = None
    ) -> T:
        """What a look shows; it is on the record before. A refusal ends the call."""

        async def work(permit: Permit[Look]) -> T | Refusal:
            if not look.at_tree:
                await self._road.ledger.record(look.permitted(permit.requester))
            async with self._connection() as connection:
                return await read(connection)

        return await self.done(context, perform(self._road, self.call(method, context), look, work, fault))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self._database.dedicated()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection
        finally:
            await connection.close()


def _filter(message: pb.ListEntriesRequest, pseudonym: bytes) -> Filter:
    token = message.page_token
    if token and not (token.isdecimal() and len(token) <= _INDEX_DIGITS):
        raise RuleError("page_token", "not one of ours")
    if not 0 <= message.page_size <= MAX_PAGE:
        raise RuleError("page_size", f"0 to {MAX_PAGE}")
    return Filter(
        message.agency, message.dataset, message.matter, message.decision, message.officer, message.case_number,
        pseudonym, _time(message, "since"), _time(message, "until"), int(token) if token else None,
    )  # fmt: skip


def _message(found: Found) -> pb.Entry:
    message = pb.Entry(index=found.index, leaf=found.data)
    if found.opening is not None:
        opening = found.opening
        message.opening.CopyFrom(
            pb.Opening(
                subject=opening.subject, officer=opening.officer, case_number=opening.case, request=opening.request
            )
        )
    return message


def _time(message: pb.ListEntriesRequest, name: str) -> datetime | None:
    if not message.HasField(name):
        return None
    try:
        found: datetime = getattr(message, name).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise RuleError(name, "must be a time of the years 1 to 9999") from error
    return found
