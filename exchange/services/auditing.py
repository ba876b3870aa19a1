"""audit.v1.AuditService: only systems with the duty to audit; every look at entries is itself an entry."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
from yici.audit.v1 import audit_pb2 as pb

from exchange.acts.failures import unrecorded
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.requester import Requester
from exchange.query.entries import named_subject
from exchange.query.pipeline import Exchange
from exchange.services.calls import Context, Received, abort, certificate_of, counted
from exchange.services.rates import RateLimit
from keys.errors import InvalidError
from registry.agencies import Duty
from registry.database import Database
from registry.errors import LedgerError, NotOnRecordError, RuleError
from registry.ledger.append import read_head
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.ledger.search import MAX_PAGE, Filter, Found, entry, search
from registry.ledger.tree import TreeReader

_DEFAULT_PAGE = 100
_MAX_REASON = 400
_INDEX_DIGITS = 18
T = TypeVar("T")
_Read = Callable[[asyncpg.Connection], Awaitable[T | Refusal]]


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the ledger: at what, why, about whom; ``fault`` is what is wrong with the request.

    A look at the tree alone, which anyone may see, is not on the record; what is refused always is.
    """

    what: str
    reason: str = ""
    subject: str = ""
    pseudonym: bytes = b""
    fault: Refusal | None = None
    at_tree: bool = False


class AuditService:
    """Reads and proves the ledger."""

    def __init__(
        self, exchange: Exchange, ledger: Recorder, database: Database, pseudonyms: Pseudonyms, rates: RateLimit
    ) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._database = database
        self._pseudonyms = pseudonyms
        self._rates = rates

    async def get_checkpoint(self, _received: Received, context: Context) -> pb.GetCheckpointResponse:
        """The signed head."""

        async def read(connection: asyncpg.Connection) -> pb.GetCheckpointResponse:
            return pb.GetCheckpointResponse(checkpoint=(await read_head(connection)).checkpoint)

        return await self._shown("GetCheckpoint", context, _Look("checkpoint", at_tree=True), read)

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

        return await self._shown("GetConsistency", context, _Look("consistency", at_tree=True), read)

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

        look = _Look("entry", message.reason, fault=_reason_missing(message.reason))
        return await self._shown("GetEntry", context, look, read)

    async def list_entries(self, received: Received, context: Context) -> pb.ListEntriesResponse:
        """Entries that match."""
        message = received.message
        size = message.page_size or _DEFAULT_PAGE
        wanted, pseudonym, fault = Filter(), b"", _reason_missing(message.reason)
        try:
            pseudonym = self._pseudonyms.of(named_subject(message.subject)) if message.subject else b""
            wanted = _filter(message, pseudonym)
        except RuleError as error:
            fault = fault or invalid(error)

        async def read(connection: asyncpg.Connection) -> pb.ListEntriesResponse:
            found = await search(connection, wanted, size)
            token = str(found[-1].index) if len(found) == size else ""
            return pb.ListEntriesResponse(entries=map(_message, found), next_page_token=token)

        look = _Look("search", message.reason, message.subject, pseudonym, fault)
        return await self._shown("ListEntries", context, look, read)

    async def _shown(self, method: str, context: Context, look: _Look, read: _Read[T]) -> T:
        """What a look comes to; a refusal ends the call."""
        found: T | Refusal = await counted(method, self._look(certificate_of(context), look, read))
        if isinstance(found, Refusal):
            await abort(context, found)
        return found

    async def _look(self, certificate: bytes, look: _Look, read: _Read[T]) -> T | Refusal:
        requester = self._exchange.requester(certificate, Duty.AUDIT)
        refusal = self._rates.take(certificate) or (requester if isinstance(requester, Refusal) else look.fault)
        if refusal or not look.at_tree:
            refusal = await self._record(requester, look, refusal)
        if refusal:
            return refusal
        async with self._connection() as connection:
            return await read(connection)

    async def _record(self, requester: Requester | Refusal, look: _Look, refusal: Refusal | None) -> Refusal | None:
        """Put a look at the ledger on the ledger, before anything is shown."""
        facts = {
            "kind": f"audit.{look.what}",
            "decision": refusal.reason.decision if refusal else "permit",
            "reason": refusal.reason.name if refusal else "DUTY",
            "agency": requester.agency.uscc if isinstance(requester, Requester) else "",
            "system": requester.system.id if isinstance(requester, Requester) else "",
        }
        pseudonyms = (look.pseudonym,) if look.pseudonym and isinstance(requester, Requester) else ()
        opening = Opening(subject=look.subject[:_MAX_REASON], request=look.reason[:_MAX_REASON])
        try:
            await self._ledger.record(Entry(facts, opening, pseudonyms))
        except LedgerError as error:
            return unrecorded(error)
        return refusal

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self._database.dedicated()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection
        finally:
            await connection.close()


def _reason_missing(reason: str) -> Refusal | None:
    if reason.strip():
        return None
    return Refusal(Reason.BASIS_MISSING, "reason: no look without a reason", "reason")


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
