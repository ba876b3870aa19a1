"""Opens PDFs that others made: from their first byte, without walking a form that has no end.

Office suites write hybrid-reference files (ISO 32000-2, 7.5.8.4): a table for old readers, and a stream with objects
that only newer ones see. They are read as strictly as others, and accepted where nothing was sealed before.
"""

import io
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from exchange.pages.formats import PDF_MAGIC, is_pdf
from keys.errors import MalformedError

_MAX_FIELDS, _DEEPEST = 5000, 20


def open_pdf(data: bytes) -> PdfFileReader:
    """A reader of a PDF.

    Raises:
        MalformedError: it cannot be read; says why where that is known.
    """
    if not data.startswith(PDF_MAGIC):
        if is_pdf(data):
            raise MalformedError("PDF: something is before %PDF-, such as a byte order mark; save it without")
        raise MalformedError("PDF: does not begin with %PDF-")
    try:
        reader = PdfFileReader(io.BytesIO(data))
        _require_few_fields(reader)
    except MalformedError:
        raise
    except Exception as error:  # whatever a stranger hands in: the parser has many ways to fail
        raise MalformedError("PDF: cannot be read") from error
    if reader.xrefs.hybrid_xrefs_present:
        reader.strict = False  # pyHanko neither seals nor checks a hybrid file otherwise
    return reader


def hybrid_after(reader: PdfFileReader, revision: int) -> bool:
    """Whether an update after a revision hides objects from some readers."""
    later = range(revision + 1, reader.xrefs.total_revisions)
    return any(reader.xrefs.get_xref_data(at).hybrid is not None for at in later)


def _require_few_fields(reader: PdfFileReader) -> None:
    """Refuse a form whose fields are too many, too deep, or in several places: walking it would not end."""
    root: Any = reader.root
    waiting = _items(root["/AcroForm"], "/Fields", 0) if "/AcroForm" in root else []
    seen: set[object] = set()
    while waiting:
        item, depth = waiting.pop()
        key = getattr(item, "reference", None) or id(item)
        if key in seen or depth > _DEEPEST or len(seen) > _MAX_FIELDS:
            raise MalformedError("PDF: its form has too many fields, or one in several places")
        seen.add(key)
        waiting += _items(item.get_object(), "/Kids", depth + 1)


def _items(holder: Any, name: str, depth: int) -> list[tuple[Any, int]]:
    """The items of an array in a dictionary, not followed, each with its depth."""
    if name not in holder:
        return []
    found = holder[name]
    return [(found.raw_get(at), depth) for at in range(len(found))]
