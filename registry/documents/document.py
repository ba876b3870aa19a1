"""A document, its life, and what of it is sealed.

What is sealed is the manifest: RFC 8785 JSON that says what the document is and holds the digests of its files, so one
signature covers the page and every attachment.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

import orjson

from keys.printable import is_printable
from keys.sm3 import sm3
from registry.agencies import Agency
from registry.errors import RuleError
from registry.transitions import Transition

MANIFEST_VERSION = 1
MAX_FILES, MAX_RECIPIENTS, MAX_BYTES, MAX_TEXT = 50, 500, 32 * 1024 * 1024, 100_000
# A message is bounded by the node's ``limits.message_bytes`` before this is.
BODY = "document.pdf"
RESERVED = (BODY, ".", "..")
_MAX_NUMBER, _MAX_TITLE, _MAX_NAME = 60, 120, 120
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}")


class Urgency(StrEnum):
    """紧急程度 (GB/T 9704)."""

    NORMAL = "normal"
    URGENT = "urgent"
    EXTRA_URGENT = "extra_urgent"


URGENCY_NAMES: Mapping[Urgency, str] = {
    Urgency.NORMAL: "平件",
    Urgency.URGENT: "加急",
    Urgency.EXTRA_URGENT: "特急",
}


class DocumentState(StrEnum):
    """How far a document is, for its agency."""

    DRAFT = "draft"
    SEALED = "sealed"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class DocumentChange(StrEnum):
    """What its agency does with it."""

    SEAL = "seal"
    SEND = "send"
    WITHDRAW = "withdraw"


class DocumentRole(StrEnum):
    """Who does it."""

    SENDER = "sender"


_S, _BY_SENDER = DocumentState, frozenset({DocumentRole.SENDER})
TRANSITIONS: Mapping[DocumentChange, Transition[DocumentState, DocumentRole]] = {
    DocumentChange.SEAL: Transition(frozenset({_S.DRAFT}), _S.SEALED, _BY_SENDER),
    DocumentChange.SEND: Transition(frozenset({_S.SEALED}), _S.SENT, _BY_SENDER),
    DocumentChange.WITHDRAW: Transition(frozenset({_S.DRAFT, _S.SEALED, _S.SENT}), _S.WITHDRAWN, _BY_SENDER),
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a document."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """What an agency drafts: the text (a paragraph a line) or the page as PDF, and attachments."""

    number: str
    title: str
    issued_on: date
    recipients: tuple[str, ...]
    text: str = ""
    pdf: bytes = b""
    urgency: Urgency = Urgency.NORMAL
    attachments: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a document is with one recipient; ``received_at`` is when it was first taken."""

    recipient: str
    sent_at: datetime
    received_at: datetime | None = None
    acknowledged_at: datetime | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document on record; ``files`` and ``deliveries`` only where they were asked for, the page's file first."""

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


def check_draft(draft: DocumentDraft, agency: str, agencies: Mapping[str, Agency]) -> None:
    """Check a draft of an agency.

    Raises:
        RuleError: names the field and the rule.
    """
    for field, text, longest in (("number", draft.number, _MAX_NUMBER), ("title", draft.title, _MAX_TITLE)):
        if not 0 < len(text) <= longest or not is_printable(text) or text != text.strip():
            raise RuleError(field, f"1 to {longest} printable characters")
    if not 0 < len(draft.recipients) <= MAX_RECIPIENTS or len(set(draft.recipients)) < len(draft.recipients):
        raise RuleError("recipients", f"1 to {MAX_RECIPIENTS} agencies, each once")
    if agency in draft.recipients:
        raise RuleError("recipients", "an agency does not write to itself")
    if odd := [uscc for uscc in draft.recipients if uscc not in agencies]:
        raise RuleError("recipients", f"{odd[0][:18]!r} is not on record")
    if bool(draft.text) == bool(draft.pdf):
        raise RuleError("body", "either text or a PDF")
    if len(draft.text) > MAX_TEXT or "\x00" in draft.text:
        raise RuleError("text", f"at most {MAX_TEXT} characters")
    if draft.pdf and not draft.pdf.startswith(b"%PDF"):
        raise RuleError("pdf", "must be a PDF")
    _check_files(draft)


def _check_files(draft: DocumentDraft) -> None:
    if len(draft.attachments) >= MAX_FILES:
        raise RuleError("attachments", f"at most {MAX_FILES - 1}")
    if len(draft.pdf) + sum(len(item.data) for item in draft.attachments) > MAX_BYTES:
        raise RuleError("attachments", f"at most {MAX_BYTES} bytes with the page")
    for at, item in enumerate(draft.attachments):
        _check_file(f"attachments[{at}]", item)
    if len({item.name for item in draft.attachments}) < len(draft.attachments):
        raise RuleError("attachments", "each name once")


def manifest_of(draft: DocumentDraft, agency: Agency, drafted_at: datetime, files: Sequence[File]) -> bytes:
    """What is sealed: canonical JSON with the digests of all files."""
    found = {
        "v": MANIFEST_VERSION,
        "type": "official_document",
        "number": draft.number,
        "title": draft.title,
        "agency": {"uscc": agency.uscc, "name": agency.name},
        "urgency": draft.urgency.value,
        "issued_on": draft.issued_on.isoformat(),
        "recipients": list(draft.recipients),
        "drafted_at": drafted_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "files": [
            {
                "name": item.name,
                "media_type": item.media_type,
                "size": len(item.data),
                "sm3": sm3(item.data).hex(),
                "sha256": sha256(item.data).hexdigest(),
            }
            for item in files
        ],
    }
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)


def _check_file(where: str, item: File) -> None:
    if not 0 < len(item.name) <= _MAX_NAME or not is_printable(item.name) or "/" in item.name or "\\" in item.name:
        raise RuleError(f"{where}.name", f"1 to {_MAX_NAME} printable characters, without a path")
    if item.name in RESERVED:
        raise RuleError(f"{where}.name", f"{item.name} is the page's own name, or none")
    if not _MEDIA_TYPE.fullmatch(item.media_type):
        raise RuleError(f"{where}.media_type", "must be like application/pdf")
    if not item.data:
        raise RuleError(f"{where}.data", "is empty")
