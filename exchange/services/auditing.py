"""audit.v1.AuditService: only systems with the duty to audit; every look at entries is itself an entry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from google.protobuf.timestamp_pb2 import Timestamp
from yici.audit.v1 import audit_pb2 as pb

from exchange.query import Exchange
from exchange.refusal import Reason, Refusal
from exchange.requester import Authenticator, Requester
from exchange.services.calls import Context, Received, abort, certificate_of, counted
from keys.errors import InvalidError
from registry.agencies import Duty
from registry.database import Database
from registry.errors import LedgerError, NotOnRecordError, StorageError
from registry.ledger.append import read_head
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.ledger.search import MAX_PAGE, Filter, Found, entry, search
from registry.ledger.tree import TreeReader

_DEFAULT_PAGE = 100
_MAX_REASON = 400


class AuditService:
    """Reads and proves the ledger."""

    def __init__(self, exchange: Exchange, ledger: Recorder, database: Database, pseudonyms: Pseudonyms) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._database = database
        self._pseudonyms = pseudonyms
        self._authenticator = Authenticator()

    async def get_checkpoint(self, _received: Received, context: Context) -> pb.GetCheckpointResponse | None:
        """The signed head."""
        requester = self._authenticate(context)
        if isinstance(requester, Refusal):
            await self._recorded(requester, "checkpoint", requester, "")
            return await abort(context, requester)
        async with self._connection() as connection:
            return pb.GetCheckpointResponse(checkpoint=(await read_head(connection)).checkpoint)

    async def get_entry(self, received: Received, context: Context) -> pb.GetEntryResponse | None:
        """One entry with its proof."""
        found: pb.GetEntryResponse | Refusal = await counted("GetEntry", self._get_entry(received.message, context))
        return await abort(context, found) if isinstance(found, Refusal) else found

    async def list_entries(self, received: Received, context: Context) -> pb.ListEntriesResponse | None:
        """Entries that match."""
        found: pb.ListEntriesResponse | Refusal = await counted(
            "ListEntries", self._list_entries(received.message, context)
        )
        return await abort(context, found) if isinstance(found, Refusal) else found

    async def get_consistency(self, received: Received, context: Context) -> pb.GetConsistencyResponse | None:
        """That one tree extends another."""
        requester = self._authenticate(context)
        if isinstance(requester, Refusal):
            await self._recorded(requester, "consistency", requester, "")
            return await abort(context, requester)
        message = received.message
        async with self._connection() as connection:
            head = await read_head(connection)
            try:
                if message.size > head.size:
                    raise InvalidError(f"size: the log has {head.size}")
                proof = await TreeReader(connection).consistency(message.old_size, message.size)
            except InvalidError as error:
                return await abort(context, Refusal(Reason.INVALID_REQUEST, str(error), "old_size"))
        return pb.GetConsistencyResponse(proof=proof)

    async def _get_entry(self, message: pb.GetEntryRequest, context: Context) -> pb.GetEntryResponse | Refusal:
        requester = self._authenticate(context)
        refusal = requester if isinstance(requester, Refusal) else _reason_missing(message.reason)
        refusal = await self._recorded(requester, "entry", refusal, message.reason)
        if refusal is not None:
            return refusal
        async with self._connection() as connection:
            found = await entry(connection, message.index)
            if found is None:
                return Refusal(Reason.ENTRY_UNKNOWN, f"index: no entry {message.index}", "index")
            try:
                receipt = await TreeReader(connection).receipt(message.index)
            except NotOnRecordError as error:
                return Refusal(Reason.ENTRY_UNKNOWN, str(error), "index")
        return pb.GetEntryResponse(entry=_message(found), receipt=receipt)

    async def _list_entries(self, message: pb.ListEntriesRequest, context: Context) -> pb.ListEntriesResponse | Refusal:
        requester = self._authenticate(context)
        refusal = requester if isinstance(requester, Refusal) else _reason_missing(message.reason)
        before: int | None = None
        if refusal is None and message.page_token:
            if message.page_token.isdecimal():
                before = int(message.page_token)
            else:
                refusal = Refusal(Reason.INVALID_REQUEST, "page_token: not one of ours", "page_token")
        if refusal is None and not 0 <= message.page_size <= MAX_PAGE:
            refusal = Refusal(Reason.INVALID_REQUEST, f"page_size: 0 to {MAX_PAGE}", "page_size")
        refusal = await self._recorded(requester, "search", refusal, message.reason, message.subject)
        if refusal is not None:
            return refusal
        wanted = Filter(
            agency=message.agency,
            dataset=message.dataset,
            matter=message.matter,
            decision=message.decision,
            officer=message.officer,
            case=message.case_number,
            pseudonym=self._pseudonyms.of(message.subject) if message.subject else b"",
            since=_time(message, "since"),
            until=_time(message, "until"),
            before=before,
        )
        size = message.page_size or _DEFAULT_PAGE
        async with self._connection() as connection:
            found = await search(connection, wanted, size)
        token = str(found[-1].index) if len(found) == size else ""
        return pb.ListEntriesResponse(entries=map(_message, found), next_page_token=token)

    def _authenticate(self, context: Context) -> Requester | Refusal:
        standing = self._exchange.standing
        if standing is None:
            return Refusal(Reason.REGISTER_IN_DOUBT, "the register is in doubt")
        return self._authenticator.authenticate(certificate_of(context), standing.register, Duty.AUDIT)

    async def _recorded(
        self, requester: Requester | Refusal, what: str, refusal: Refusal | None, reason: str, subject: str = ""
    ) -> Refusal | None:
        """Put a look at the ledger on the ledger, before anything is shown."""
        facts = {
            "kind": f"audit.{what}",
            "decision": refusal.reason.decision if refusal else "permit",
            "reason": refusal.reason.name if refusal else "DUTY",
            "agency": requester.agency.uscc if isinstance(requester, Requester) else "",
            "system": requester.system.id if isinstance(requester, Requester) else "",
        }
        pseudonyms = (self._pseudonyms.of(subject),) if subject and isinstance(requester, Requester) else ()
        try:
            await self._ledger.record(
                Entry(facts, Opening(subject=subject[:_MAX_REASON], request=reason[:_MAX_REASON]), pseudonyms)
            )
        except LedgerError:
            return Refusal(Reason.LEDGER_UNAVAILABLE, "the ledger did not record this, so nothing is shown")
        return refusal

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await self._database.dedicated()
        except StorageError as error:
            raise RuntimeError("the database does not answer") from error
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection
        finally:
            await connection.close()


def _reason_missing(reason: str) -> Refusal | None:
    if reason.strip():
        return None
    return Refusal(Reason.BASIS_MISSING, "reason: no look without a reason", "reason")


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
    stamp: Timestamp = getattr(message, name)
    return stamp.ToDatetime(tzinfo=UTC)
