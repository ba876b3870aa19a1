"""The Python client for e-documents.

::

    async with DocumentClient("node:7443", certificate=…, key=…, trust=folder) as client:
        document = await client.draft(basis, DocumentDraft("苏数〔2026〕7号", "…", …))
        document = await client.seal(basis, document, "32050000000001")
        document = await client.send(basis, document)

A document's seal is checked against the trust bundle, and its files against the sealed manifest, before it is returned.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from yici.registry.v1 import document_pb2 as pb

from exchange.client.connection import Connection
from exchange.client.messages import known, time_in
from exchange.client.sealed_page import require_pdf_support, require_sealed_page
from exchange.errors import ExchangeError
from exchange.services.wire.asking import basis_message
from exchange.services.wire.documents import STATES, URGENCIES, draft_message
from keys.encoding import parse_json
from keys.errors import KeysError
from keys.evidence import Verdict
from keys.ses.checking import CheckedSeal, check_signature
from keys.ses.proof import Presented
from keys.sm3 import sm3
from registry.basis import Basis
from registry.china import parse_day
from registry.documents.document import DocumentDraft, DocumentState, File, Urgency

_SERVICE = "/yici.registry.v1.DocumentService/"


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """The state of a document at one recipient; times are None if the step is not reached."""

    recipient: str
    sent_at: datetime | None
    received_at: datetime | None
    acknowledged_at: datetime | None
    remark: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document from a node; ``checked`` is the result of checking its seal, None without a seal."""

    id: str
    agency: str
    number: str
    title: str
    urgency: Urgency
    issued_on: date
    recipients: tuple[str, ...]
    state: DocumentState
    revision: int
    manifest: bytes
    signature: bytes
    receipt: str
    sealed_pdf: bytes
    files: tuple[File, ...]
    deliveries: tuple[DeliveryView, ...]
    reason: str
    checked: CheckedSeal | None
    copies: tuple[str, ...] = ()


class DocumentClient(Connection):
    """A system's connection to a node, for e-documents; checking their pages requires ``yici[pdf]``."""

    async def draft(self, basis: Basis, draft: DocumentDraft) -> DocumentView:
        """Record a draft.

        Raises:
            ExchangeError: the request was refused or failed; says why.
        """
        request = pb.DraftDocumentRequest(basis=basis_message(basis), draft=draft_message(draft))
        return await self._view((await self._ask("DraftDocument", request, pb.DraftDocumentResponse)).document)

    async def seal(self, basis: Basis, document: DocumentView, seal: str) -> DocumentView:
        """Seal a draft.

        Raises:
            ExchangeError: as ``draft``.
        """
        request = pb.SealDocumentRequest(
            basis=basis_message(basis), document=document.id, revision=document.revision, seal=seal
        )
        return await self._view((await self._ask("SealDocument", request, pb.SealDocumentResponse)).document)

    async def send(self, basis: Basis, document: DocumentView) -> DocumentView:
        """Send a sealed document.

        Raises:
            ExchangeError: as ``draft``.
        """
        request = pb.SendDocumentRequest(basis=basis_message(basis), document=document.id, revision=document.revision)
        return await self._view((await self._ask("SendDocument", request, pb.SendDocumentResponse)).document)

    async def withdraw(self, basis: Basis, document: DocumentView, reason: str) -> DocumentView:
        """Withdraw a document.

        Raises:
            ExchangeError: as ``draft``.
        """
        request = pb.WithdrawDocumentRequest(
            basis=basis_message(basis), document=document.id, revision=document.revision, reason=reason
        )
        return await self._view((await self._ask("WithdrawDocument", request, pb.WithdrawDocumentResponse)).document)

    async def documents(self, basis: Basis, *, received: bool = False) -> AsyncIterator[DocumentView]:
        """Yield the documents that one's agency drafted, or received, without files.

        Raises:
            ExchangeError: as ``draft``.
        """
        require_pdf_support()
        request = pb.ListDocumentsRequest(basis=basis_message(basis), received=received)
        async for page in self.pages(_SERVICE, "ListDocuments", request, pb.ListDocumentsResponse):
            for item in page.documents:
                yield await self._view(item)

    async def get(self, basis: Basis, document: str) -> DocumentView:
        """Return a complete document; for a recipient, this marks it as received.

        Raises:
            ExchangeError: as ``draft``.
        """
        request = pb.GetDocumentRequest(basis=basis_message(basis), document=document)
        message = (await self._ask("GetDocument", request, pb.GetDocumentResponse)).document
        if message.id != document:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "another document came back")
        return await self._view(message)

    async def acknowledge(self, basis: Basis, document: str, remark: str = "") -> DocumentView:
        """Acknowledge a received document.

        Raises:
            ExchangeError: as ``draft``.
        """
        request = pb.AcknowledgeDocumentRequest(basis=basis_message(basis), document=document, remark=remark)
        return await self._view(
            (await self._ask("AcknowledgeDocument", request, pb.AcknowledgeDocumentResponse)).document
        )

    async def _view(self, item: pb.Document) -> DocumentView:
        files = tuple(File(one.name, one.media_type, one.data) for one in item.files)
        checked = None
        state = known(STATES.members, item.state, "state")
        urgency = known(URGENCIES.members, item.urgency, "urgency")
        if item.signature or state in (DocumentState.SEALED, DocumentState.SENT):
            if not item.receipt:
                raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "the seal has no receipt")
            shown = Presented(item.manifest, receipt=item.receipt)
            now = datetime.now(UTC)
            checked = self.judged(lambda trust: check_signature(item.signature, shown, trust, now))
            _require_sound(checked, item, files)
            if files:
                await require_sealed_page(self, item.sealed_pdf, files[0].data, item.agency)
        return DocumentView(
            item.id, item.agency, item.number, item.title, urgency, _day(item.issue_date),
            tuple(item.recipients), state, item.revision, item.manifest, item.signature,
            item.receipt, item.sealed_pdf, files,
            tuple(map(_delivery, item.deliveries)),
            item.reason, checked, tuple(item.copies),
        )  # fmt: skip

    async def _ask(self, method: str, request: Any, shape: type[Any]) -> Any:
        require_pdf_support()
        return (await self.call(_SERVICE, method, request, shape))[0]


def _delivery(item: pb.Delivery) -> DeliveryView:
    sent, received = time_in(item, "send_time"), time_in(item, "receive_time")
    return DeliveryView(item.recipient, sent, received, time_in(item, "acknowledge_time"), item.remark)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as error:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", "issue_date: no date") from error


def _require_sound(checked: CheckedSeal, item: pb.Document, files: tuple[File, ...]) -> None:
    """Check that the seal is the sender's and valid, and that the document is the sealed one."""
    if wrong := [step for step in checked.steps if step.verdict is Verdict.INVALID]:
        raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"{wrong[0].name}: {wrong[0].detail}")
    try:
        said = parse_json(item.manifest, "manifest")
        named = [(one["name"], one["media_type"], one["sm3"]) for one in said["files"]]
        stated = (
            said["agency"]["uscc"], said["number"], said["title"], said["issued_on"], said["recipients"],
            said["copies"],
        )  # fmt: skip
        urgency = Urgency(said["urgency"])
    except (KeysError, KeyError, TypeError, ValueError) as error:
        raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "the manifest is not one") from error
    shown = (item.agency, item.number, item.title, item.issue_date, list(item.recipients), list(item.copies))
    if checked.signed_by != item.agency or stated != shown or urgency is not URGENCIES.members[item.urgency]:
        raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "the seal is over another document")
    if files and named != [(one.name, one.media_type, sm3(one.data).hex()) for one in files]:
        raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "a file is not the one that was sealed")
