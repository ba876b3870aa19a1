"""Drafts of documents: the rules of form, and the manifest that is sealed.

The manifest is RFC 8785 JSON with the document's data and the digests of its files, so that one signature covers the
page and every attachment.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import orjson

from keys.printable import is_printable
from keys.sm3 import sm3
from registry.agencies import Agency
from registry.documents.document import DocumentDraft, File
from registry.errors import RuleError

MANIFEST_VERSION = 1
MAX_FILES, MAX_RECIPIENTS, MAX_BYTES, MAX_TEXT = 50, 500, 32 * 1024 * 1024, 100_000
# The node's ``limits.message_bytes`` bounds a message before these limits apply.
BODY = "document.pdf"
RESERVED = (BODY, ".", "..")
_MAX_NUMBER, _MAX_TITLE, _MAX_NAME = 60, 120, 120
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}")


def check_draft(draft: DocumentDraft, agency: str, agencies: Mapping[str, Agency]) -> None:
    """Check a draft of an agency.

    Raises:
        RuleError: names the field and the rule.
    """
    for field, text, longest in (("number", draft.number, _MAX_NUMBER), ("title", draft.title, _MAX_TITLE)):
        if not 0 < len(text) <= longest or not is_printable(text) or text != text.strip():
            raise RuleError(field, f"1 to {longest} printable characters")
    _check_agencies(draft, agency, agencies)
    if bool(draft.text) == bool(draft.pdf):
        raise RuleError("body", "either text or a PDF")
    if len(draft.text) > MAX_TEXT or "\x00" in draft.text:
        raise RuleError("text", f"at most {MAX_TEXT} characters")
    if draft.pdf and not draft.pdf.startswith(b"%PDF"):
        raise RuleError("pdf", "must be a PDF")
    _check_files(draft)


def _check_agencies(draft: DocumentDraft, agency: str, agencies: Mapping[str, Agency]) -> None:
    if not 0 < len(draft.recipients) <= MAX_RECIPIENTS or len(set(draft.recipients)) < len(draft.recipients):
        raise RuleError("recipients", f"1 to {MAX_RECIPIENTS} agencies, each once")
    everyone = (*draft.recipients, *draft.copies)
    if len(everyone) > MAX_RECIPIENTS or len(set(everyone)) < len(everyone):
        raise RuleError("copies", f"with the recipients {MAX_RECIPIENTS} agencies at most, each once")
    for field, named in (("recipients", draft.recipients), ("copies", draft.copies)):
        if agency in named:
            raise RuleError(field, "an agency does not write to itself")
        if odd := [uscc for uscc in named if uscc not in agencies]:
            raise RuleError(field, f"{odd[0][:18]!r} is not on record")


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
    """Return the manifest to be sealed: canonical JSON with the digests of all files."""
    found = {
        "v": MANIFEST_VERSION,
        "type": "official_document",
        "number": draft.number,
        "title": draft.title,
        "agency": {"uscc": agency.uscc, "name": agency.name},
        "urgency": draft.urgency.value,
        "issued_on": draft.issued_on.isoformat(),
        "recipients": list(draft.recipients),
        "copies": list(draft.copies),
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
