"""Pages of official documents with a text, in the layout of GB/T 9704-2012."""

import re
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from exchange.pages.fonts import Face, require_glyphs
from exchange.pages.seal_field import with_seal_field
from exchange.pages.seal_picture import ROUND_MM
from exchange.pages.spot import At
from exchange.pages.title_lines import title_lines
from exchange.pages.typesetting import find_position, set_pdf
from registry.agencies import Agency
from registry.documents.document import URGENCY_NAMES, DocumentDraft, Urgency

_LINE, _ROWS = 28, 22
_OTHERWISE = (25, 28, 20, 19, 18)
"""Alternative lines per page, tried if the seal would be alone on the last page."""
_MOST_ADDRESSED = 4 * _LINE
"""The most characters of recipients above the text; longer lists go to the foot (7.3.2)."""
_LEVELS = (  # 7.3.3; the third and fourth are in the text's own face
    (re.compile("[〇一二三四五六七八九十百]+、"), Face.HEI),
    (re.compile("（[〇一二三四五六七八九十百]+）"), Face.KAI),
)
_SENTENCE = re.compile("[^。！？；：]*[。！？]|[^。！？；：]*$")
_HAN = re.compile("[\u3400-\u9fff]")
_FIELD, _SEAL = "Seal1", "<seal>"


def set_page(draft: DocumentDraft, agency: Agency, recipients: Sequence[str], copies: Sequence[str] = ()) -> bytes:
    """Return the page as PDF, with an empty field for the seal.

    Raises:
        RuleError: no font has a character.
    """
    paragraphs = [line.strip() for line in draft.text.splitlines() if line.strip()]
    addressed = "、".join(recipients)
    attachments = _names([item.name for item in draft.attachments])
    shown = [("number", draft.number), ("title", draft.title), ("agency", agency.name), ("text", "".join(paragraphs))]
    shown += [("attachments", "".join(attachments)), ("recipients", addressed), ("copies", "".join(copies))]
    for title, text in shown:
        require_glyphs(title, text)
    day = draft.issued_on
    data = {
        "number": draft.number,
        "title": draft.title,
        "title_lines": title_lines(draft.title),
        "agency": agency.name,
        "mark": f"{agency.name}文件" if _HAN.search(agency.name) else agency.name,
        "urgency": "" if draft.urgency is Urgency.NORMAL else URGENCY_NAMES[draft.urgency],
        "recipients": addressed,
        "copies": "，".join(copies),
        "addressed_below": len(addressed) > _MOST_ADDRESSED,
        "paragraphs": [_paragraph(text) for text in paragraphs],
        "attachments": attachments,
        "issued_on": f"{day.year}年{day.month}月{day.day}日",
    }
    template = (files("exchange") / "sealing" / "document.typ").read_bytes()
    data["rows"], at = _fitted(template, data)
    return with_seal_field(set_pdf(template, data, "document"), _FIELD, ROUND_MM, at)


def _fitted(template: bytes, data: dict[str, Any]) -> tuple[int, At]:
    """Return the lines per page that put the seal on a page with text (7.3.5.5), and the seal's centre."""
    found = []
    for rows in (_ROWS, *_OTHERWISE):
        seal = find_position(template, data | {"rows": rows}, "document", _SEAL)
        found.append((rows, At(seal["page"], seal["x"], seal["y"])))
        if seal["end"] == seal["page"]:
            return found[-1]
    return found[0]


def _paragraph(text: str) -> dict[str, Any]:
    """Return a paragraph with its heading: a numbered first sentence that fits on a line."""
    face = next((face for level, face in _LEVELS if level.match(text)), None)
    heading = _SENTENCE.match(text)
    if face is None or heading is None or len(heading[0]) > _LINE:
        return {"face": Face.FANGSONG, "heading": "", "text": text}
    return {"face": face, "heading": heading[0], "text": text[heading.end() :]}


def _names(files: list[str]) -> list[str]:
    """Return attachments' names without file extensions, unless two differ by the extension only."""
    stems = Counter(PurePath(name).stem for name in files)
    return [name if stems[PurePath(name).stem] > 1 else PurePath(name).stem for name in files]
