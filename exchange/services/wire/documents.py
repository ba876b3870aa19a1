"""Messages of ``DocumentService`` that node and client share."""

from yici.registry.v1 import document_pb2 as pb

from exchange.services.wire.tables import EnumTable
from registry.documents.document import DocumentDraft, DocumentState, File, Urgency

URGENCIES = EnumTable.of(pb.Urgency, "URGENCY", Urgency, unspecified=Urgency.NORMAL)
STATES = EnumTable.of(pb.DocumentState, "DOCUMENT_STATE", DocumentState)


def draft_message(draft: DocumentDraft) -> pb.DocumentDraft:
    """Return a draft as a message: its text or PDF, and its attachments."""
    message = pb.DocumentDraft(
        number=draft.number,
        title=draft.title,
        urgency=URGENCIES.numbers[draft.urgency],
        issue_date=draft.issued_on.isoformat(),
        recipients=draft.recipients,
        copies=draft.copies,
        attachments=map(file_message, draft.attachments),
    )
    if draft.pdf:
        message.pdf = draft.pdf
    else:
        message.text = draft.text
    return message


def file_message(file: File) -> pb.DocumentFile:
    """Return a file as a message."""
    return pb.DocumentFile(name=file.name, media_type=file.media_type, data=file.data)
