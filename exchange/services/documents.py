"""``registry.v1.DocumentService``: acts on e-documents."""

from collections.abc import Awaitable, Sequence
from typing import Any

from yici.registry.v1 import document_pb2 as pb

from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.road import Road
from exchange.documents.service import DocumentService
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import ActServicer, does
from exchange.services.wire.asking import basis_of
from exchange.services.wire.documents import STATES, URGENCIES, file_message
from exchange.services.wire.times import time_message
from exchange.settings import Limits
from registry.china import parse_day
from registry.documents.document import Delivery, Document, DocumentDraft, File
from registry.errors import RuleError

_LARGEST_PAGE = 100


class DocumentServicer(ActServicer):
    """Converts calls into acts on e-documents."""

    service = pb.DESCRIPTOR.services_by_name["DocumentService"]

    def __init__(self, road: Road, limits: Limits, service: DocumentService) -> None:
        super().__init__(road, limits)
        self._service = service

    @does("document.draft")
    async def draft_document(self, received: Received, context: Context) -> pb.DraftDocumentResponse:
        """Record a draft."""
        message, call = received.message, self.call(received, context)
        act = _act("draft", message)
        try:
            work = self._service.draft(call, act, _draft(message.draft))
        except RuleError as error:
            work = self.refuse(call, act, error)
        return pb.DraftDocumentResponse(document=_message(await self.result_of(context, work)))

    @does("document.seal", "seal.use")
    async def seal_document(self, received: Received, context: Context) -> pb.SealDocumentResponse:
        """Seal a draft."""
        message = received.message
        act = _act("seal", message)
        work = self._service.seal(self.call(received, context), act, message.document, message.revision, message.seal)
        return pb.SealDocumentResponse(document=_message(await self.result_of(context, work)))

    @does("document.send")
    async def send_document(self, received: Received, context: Context) -> pb.SendDocumentResponse:
        """Send a sealed document."""
        message = received.message
        work = self._service.send(
            self.call(received, context), _act("send", message), message.document, message.revision
        )
        return pb.SendDocumentResponse(document=_message(await self.result_of(context, work)))

    @does("document.withdraw")
    async def withdraw_document(self, received: Received, context: Context) -> pb.WithdrawDocumentResponse:
        """Withdraw a document."""
        message = received.message
        act = _act("withdraw", message, message.reason)
        work = self._service.withdraw(self.call(received, context), act, message.document, message.revision)
        return pb.WithdrawDocumentResponse(document=_message(await self.result_of(context, work)))

    @does("document.list")
    async def list_documents(self, received: Received, context: Context) -> pb.ListDocumentsResponse:
        """Return a page of documents."""
        message = received.message
        act, call = _act("list", message), self.call(received, context)
        work: Awaitable[Sequence[Document] | Refusal]
        try:
            page = Page.of(message, _LARGEST_PAGE)
            work = self._service.list(call, act, page.after, page.limit, received=message.received)
        except RuleError as error:
            work = self.refuse(call, act, error)
        listed = await self.result_of(context, work)
        documents, token = page.cut(listed, lambda item: item.id)
        return pb.ListDocumentsResponse(documents=map(_message, documents), next_page_token=token)

    @does("document.read", "document.open", "document.trace")
    async def get_document(self, received: Received, context: Context) -> pb.GetDocumentResponse:
        """Return a complete document."""
        message = received.message
        work = self._service.get(self.call(received, context), _act("read", message), message.document)
        return pb.GetDocumentResponse(document=_message(await self.result_of(context, work)))

    @does("document.acknowledge", "document.trace")
    async def acknowledge_document(self, received: Received, context: Context) -> pb.AcknowledgeDocumentResponse:
        """Acknowledge a document."""
        message = received.message
        act = _act("acknowledge", message, message.remark)
        work = self._service.acknowledge(self.call(received, context), act, message.document)
        document = await self.result_of(context, work)
        return pb.AcknowledgeDocumentResponse(document=_message(document))


def _act(action: str, message: Any, reason: str = "") -> RegisterAct:
    return RegisterAct(action, basis_of(message.basis), reason=reason, register="document")


def _draft(message: pb.DocumentDraft) -> DocumentDraft:
    urgency = URGENCIES.members.get(message.urgency)
    if urgency is None:
        raise RuleError("urgency", "must be a known one")
    try:
        issued_on = parse_day(message.issue_date)
    except ValueError as error:
        raise RuleError("issue_date", "must be a date, YYYY-MM-DD") from error
    attachments = tuple(File(item.name, item.media_type, item.data) for item in message.attachments)
    return DocumentDraft(
        message.number, message.title, issued_on, tuple(message.recipients), message.text, message.pdf, urgency,
        attachments, tuple(message.copies),
    )  # fmt: skip


def _message(document: Document) -> pb.Document:
    return pb.Document(
        id=document.id, agency=document.agency, number=document.number, title=document.title,
        urgency=URGENCIES.numbers[document.urgency], issue_date=document.issued_on.isoformat(),
        recipients=document.recipients, copies=document.copies, state=STATES.numbers[document.state],
        revision=document.revision, manifest=document.manifest, signature=document.signature,
        receipt=document.receipt, sealed_pdf=document.sealed_pdf, reason=document.why,
        files=map(file_message, document.files),
        deliveries=map(_delivery, document.deliveries),
    )  # fmt: skip


def _delivery(delivery: Delivery) -> pb.Delivery:
    return pb.Delivery(
        recipient=delivery.recipient, send_time=time_message(delivery.sent_at),
        receive_time=time_message(delivery.received_at),
        acknowledge_time=time_message(delivery.acknowledged_at), remark=delivery.remark,
    )  # fmt: skip
