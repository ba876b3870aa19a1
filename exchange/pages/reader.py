"""Opening of third parties' PDFs, with limits on their structure.

Office suites write hybrid-reference files (ISO 32000-2, 7.5.8.4): a table for old readers, and a stream with objects
that only newer readers see. They are parsed strictly, too, and accepted if nothing was sealed before.
"""

import io
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from exchange.pages.formats import PDF_MAGIC, is_pdf
from keys.errors import MalformedError

_MAX_FIELDS, _DEEPEST = 5000, 20


def open_pdf(data: bytes) -> PdfFileReader:
    """Return a reader of a PDF.

    Raises:
        MalformedError: it cannot be read; says why if known.
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
    except Exception as error:  # untrusted input: the parser raises many types
        raise MalformedError("PDF: cannot be read") from error
    if reader.xrefs.hybrid_xrefs_present:
        reader.strict = False  # otherwise pyHanko refuses hybrid files
    return reader


def hybrid_after(reader: PdfFileReader, revision: int) -> bool:
    """Return whether an update after a revision hides objects from some readers."""
    later = range(revision + 1, reader.xrefs.total_revisions)
    return any(reader.xrefs.get_xref_data(at).hybrid is not None for at in later)


def _require_few_fields(reader: PdfFileReader) -> None:
    """Refuse a form with too many, too deep or repeated fields, which could be endless."""
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
    """Return the items of an array in a dictionary without following them, each with its depth."""
    if name not in holder:
        return []
    found = holder[name]
    return [(found.raw_get(at), depth) for at in range(len(found))]
