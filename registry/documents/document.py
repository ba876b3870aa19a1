"""E-documents: their states, files and deliveries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from registry.transitions import Transitions


class Urgency(StrEnum):
    """紧急程度 (GB/T 9704): the urgency of a document."""

    NORMAL = "normal"
    URGENT = "urgent"
    EXTRA_URGENT = "extra_urgent"


URGENCY_NAMES: Mapping[Urgency, str] = {
    Urgency.NORMAL: "平件",
    Urgency.URGENT: "加急",
    Urgency.EXTRA_URGENT: "特急",
}


class DocumentState(StrEnum):
    """The state of a document at its agency."""

    DRAFT = "draft"
    SEALED = "sealed"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class DocumentChange(StrEnum):
    """Changes that an agency makes to its document."""

    SEAL = "seal"
    SEND = "send"
    WITHDRAW = "withdraw"


_S = DocumentState
TRANSITIONS = Transitions(
    "document",
    {
        DocumentChange.SEAL: ({_S.DRAFT}, _S.SEALED),
        DocumentChange.SEND: ({_S.SEALED}, _S.SENT),
        DocumentChange.WITHDRAW: ({_S.DRAFT, _S.SEALED, _S.SENT}, _S.WITHDRAWN),
    },
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a document."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A draft: text (a paragraph a line) or page as PDF, attachments, and recipients of copies (抄送)."""

    number: str
    title: str
    issued_on: date
    recipients: tuple[str, ...]
    text: str = ""
    pdf: bytes = b""
    urgency: Urgency = Urgency.NORMAL
    attachments: tuple[File, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of a document at one recipient; ``received_at`` is when the recipient first received it."""

    recipient: str
    sent_at: datetime
    received_at: datetime | None = None
    acknowledged_at: datetime | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document on record; ``files`` and ``deliveries`` are loaded on request, the page's file first."""

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
    drafted_at: datetime
    signature: bytes = b""
    receipt: str = ""
    sealed_pdf: bytes = b""
    seal: str = ""
    why: str = ""
    files: tuple[File, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    copies: tuple[str, ...] = ()

    def delivered_to(self, agency: str) -> "Document":
        """Return the document with its delivery to one agency alone."""
        return replace(self, deliveries=tuple(item for item in self.deliveries if item.recipient == agency))
