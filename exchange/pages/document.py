"""The page of an e-document, set in the layout of GB/T 9704 where its agency hands in a text."""

from importlib.resources import files

from exchange.pages.fonts import require_glyphs
from exchange.pages.typesetting import set_pdf
from registry.agencies import Agency
from registry.documents.document import URGENCY_NAMES, DocumentDraft, Urgency


def set_page(draft: DocumentDraft, agency: Agency, recipients: list[str]) -> bytes:
    """The page as PDF.

    Raises:
        RuleError: a character that the font does not have.
    """
    paragraphs = [line.strip() for line in draft.text.splitlines() if line.strip()]
    names = [item.name for item in draft.attachments]
    shown = [("number", draft.number), ("title", draft.title), ("agency", agency.name), ("text", "".join(paragraphs))]
    shown += [("attachments", "".join(names)), ("recipients", "".join(recipients))]
    for title, text in shown:
        require_glyphs(title, text)
    day = draft.issued_on
    data = {
        "number": draft.number,
        "title": draft.title,
        "agency": agency.name,
        "urgency": "" if draft.urgency is Urgency.NORMAL else URGENCY_NAMES[draft.urgency],
        "recipients": "、".join(recipients),
        "paragraphs": paragraphs,
        "attachments": names,
        "issued_on": f"{day.year}年{day.month}月{day.day}日",
    }
    return set_pdf((files("exchange") / "sealing" / "document.typ").read_bytes(), data, "document")
