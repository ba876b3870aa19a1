"""Acts on e-documents: draft, seal, send, receive, acknowledge, withdraw; each with its entry."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import asyncpg

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.road import Road
from exchange.documents.access import known_document, over_document
from exchange.sealing.pdfs import PdfSealing
from exchange.sealing.using import SealUse, ToSeal
from keys.printable import is_printable
from keys.sm3 import sm3
from registry.content import stored_rows
from registry.documents import records
from registry.documents.document import (
    TRANSITIONS,
    Document,
    DocumentChange,
    DocumentDraft,
    DocumentState,
    File,
)
from registry.documents.drafting import BODY, check_draft, manifest_of
from registry.errors import RuleError
from registry.ledger.appender import TransactionalAppender
from registry.seals.kinds import TargetKind
from registry.transitions import IllegalTransitionError

_MAX_WORDS = 200
READ = "READ"
"""The result of an act that changes nothing."""
SCOPE = "document.bin"
"""The scope in an e-signature over a manifest."""


class DocumentService:
    """Performs acts on e-documents."""

    def __init__(
        self, road: Road, pool: asyncpg.Pool, appender: TransactionalAppender, use: SealUse, pdfs: PdfSealing
    ) -> None:
        self.road = road
        self._pool = pool
        self._appender = appender
        self._use = use
        self._pdfs = pdfs

    async def draft(self, call: Call, act: RegisterAct, draft: DocumentDraft) -> Document | Refusal:
        """Record a draft, and set its text as a page."""

        async def work(permit: Permit[RegisterAct]) -> Document:
            requester = permit.requester
            agencies = permit.state.register.agencies
            check_draft(draft, requester.agency.uscc, agencies)
            body = draft.pdf
            if not body:
                # Imported on first use, since it takes a second, and serving does not need it.
                from exchange.pages.document import set_page  # noqa: PLC0415

                names, copies = ([agencies[uscc].name for uscc in named] for named in (draft.recipients, draft.copies))
                body = await asyncio.to_thread(set_page, draft, requester.agency, names, copies)
            now = datetime.now(UTC).replace(microsecond=0)
            files = (File(BODY, "application/pdf", body), *draft.attachments)
            manifest = manifest_of(draft, requester.agency, now, files)
            async with self._pool.acquire() as connection, connection.transaction():
                document = Document(
                    await records.next_number(connection, requester.agency.region, now), requester.agency.uscc,
                    draft.number, draft.title, draft.urgency, draft.issued_on, draft.recipients, DocumentState.DRAFT,
                    1, manifest, now, files=files, copies=draft.copies,
                )  # fmt: skip
                await records.add_document(connection, document)
                await self._record(connection, permit, document, "DRAFTED")
            return document

        return await perform(self.road, call, act, work)

    async def seal(self, call: Call, act: RegisterAct, document: str, revision: int, seal: str) -> Document | Refusal:
        """Seal a draft: its manifest by an e-signature, its page by PAdES, as one use in one transaction."""

        async def work(permit: Permit[RegisterAct]) -> Document | Refusal:
            allowed = self._use.allowed(permit, seal, TargetKind.OFFICIAL_DOCUMENT)
            if isinstance(allowed, Refusal):
                return allowed
            # Signed and set before locking; a revision of a document has one content.
            async with self._pool.acquire() as connection:
                seen = await known_document(connection, permit, document, revision)
            if isinstance(seen, Refusal):
                return seen
            TRANSITIONS.after(DocumentChange.SEAL, seen.state)
            signatures = await self._use.sign(allowed.seal, [ToSeal(sm3(seen.manifest), SCOPE)])
            page = await self._pdfs.page(allowed.seal, seen.files[0].data)
            if isinstance(signatures, Refusal):
                return signatures
            if isinstance(page, Refusal):
                return page
            async with self._pool.acquire() as connection, connection.transaction():
                old = await known_document(connection, permit, document, revision, lock=True)
                if isinstance(old, Refusal):
                    return old
                state = TRANSITIONS.after(DocumentChange.SEAL, old.state)
                receipts = await self._use.use_in(connection, allowed, [sha256(signatures[0]).hexdigest()])
                if isinstance(receipts, Refusal):
                    return receipts
                columns = {"signature": signatures[0], "receipt": receipts[0], "sealed_pdf": page, "seal": seal}
                await records.set_document(connection, document, state, **columns)
                fresh = replace(
                    old, state=state, revision=old.revision + 1, signature=signatures[0], receipt=receipts[0],
                    sealed_pdf=page, seal=seal,
                )  # fmt: skip
                await self._record(connection, permit, fresh, "SEAL")
            return fresh

        return await perform(self.road, call, act, work)

    async def send(self, call: Call, act: RegisterAct, document: str, revision: int) -> Document | Refusal:
        """Send a sealed document to its recipients."""
        return await self._change(call, act, document, revision, DocumentChange.SEND)

    async def withdraw(self, call: Call, act: RegisterAct, document: str, revision: int) -> Document | Refusal:
        """Withdraw a document, with the act's reason; it stays on record."""
        return await self._change(call, act, document, revision, DocumentChange.WITHDRAW)

    async def list(
        self, call: Call, act: RegisterAct, after: str, limit: int, *, received: bool
    ) -> Sequence[Document] | Refusal:
        """Return one's own documents after an id, or received ones."""

        async def work(permit: Permit[RegisterAct]) -> Sequence[Document]:
            requester = permit.requester
            async with self._pool.acquire() as connection:
                found = await records.list_documents(connection, requester.agency.uscc, after, limit, received=received)
            await self.road.ledger.record(permit_entry(requester, act, "LISTED", "", "", self.road.pseudonyms))
            return found

        return await perform(self.road, call, act, work)

    async def get(self, call: Call, act: RegisterAct, document: str) -> Document | Refusal:
        """Return a complete document; recipients thereby receive it. Withdrawn ones are named only."""

        async def work(permit: Permit[RegisterAct]) -> Document | Refusal:
            own = permit.requester.agency.uscc
            async with self._pool.acquire() as connection, connection.transaction():
                found = await known_document(connection, permit, document)
                if isinstance(found, Refusal):
                    return found
                result = READ
                if isinstance(over_document(permit, found, "open"), Refusal):
                    found = replace(found, files=(), sealed_pdf=b"")
                elif await records.mark_received(connection, document, own, datetime.now(UTC)):
                    result = "RECEIVED"
                    found = await records.get_document(connection, document, changed=True) or found
                await self._record(connection, permit, found, result)
            return _seen(permit, found)

        return await perform(self.road, call, act, work)

    async def acknowledge(self, call: Call, act: RegisterAct, document: str) -> Document | Refusal:
        """Acknowledge a received document, with the act's reason as remark."""

        async def work(permit: Permit[RegisterAct]) -> Document | Refusal:
            own = permit.requester.agency.uscc
            _check_words("remark", act.reason, least=0)
            async with self._pool.acquire() as connection, connection.transaction():
                found = await known_document(connection, permit, document)
                if isinstance(found, Refusal):
                    return found
                if found.state is DocumentState.WITHDRAWN:
                    raise IllegalTransitionError("document: acknowledge is not possible when it is withdrawn")
                now = datetime.now(UTC)
                if not await records.mark_acknowledged(connection, document, own, now, act.reason):
                    raise IllegalTransitionError("document: is not received yet, or was acknowledged before")
                found = await records.get_document(connection, document, changed=True) or found
                await self._record(connection, permit, found, "ACKNOWLEDGED")
            return _seen(permit, found)

        return await perform(self.road, call, act, work)

    async def _change(
        self, call: Call, act: RegisterAct, document: str, revision: int, change: DocumentChange
    ) -> Document | Refusal:
        async def work(permit: Permit[RegisterAct]) -> Document | Refusal:
            if change is DocumentChange.WITHDRAW:
                _check_words("reason", act.reason, least=1)
            async with self._pool.acquire() as connection, connection.transaction():
                old = await known_document(connection, permit, document, revision, lock=True)
                if isinstance(old, Refusal):
                    return old
                state = TRANSITIONS.after(change, old.state)
                await records.set_document(connection, document, state, why=act.reason)
                if change is DocumentChange.SEND:
                    await records.send(connection, old, datetime.now(UTC))
                found = await records.get_document(connection, document, changed=True) or old
                await self._record(connection, permit, found, change.name)
            return found

        return await perform(self.road, call, act, work)

    async def _record(
        self, connection: asyncpg.Connection, permit: Permit[RegisterAct], document: Document, result: str
    ) -> None:
        about = replace(permit.act, item=document.id)
        digest = sha256(document.manifest).hexdigest()
        rows = {} if result == READ else await stored_rows(connection, "document", [document.id])
        row = rows.get(document.id)
        entry = permit_entry(permit.requester, about, result, digest, document.agency, self.road.pseudonyms, row)
        await self._appender.record(connection, [entry])


def _seen(permit: Permit[RegisterAct], document: Document) -> Document:
    """Return a document as its reader sees it: with all deliveries, or its own alone."""
    if isinstance(over_document(permit, document, "trace"), Permit):
        return document
    return document.delivered_to(permit.requester.agency.uscc)


def _check_words(field: str, text: str, least: int) -> None:
    if not least <= len(text.strip()) <= _MAX_WORDS or not is_printable(text):
        raise RuleError(field, f"{least} to {_MAX_WORDS} printable characters")
