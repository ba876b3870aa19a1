"""The field that shows a seal: an empty one that waits for it, or a new one (ISO 32000-2, 12.7.5.5).

A page that is made for a seal has an empty signature field as large as the seal. A seal goes there, or where seals
usually are, if no place is asked for.
"""

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields

from exchange.pages.place import Appearance, place_of, scale_of
from exchange.pages.spot import USUAL, At

_TOLERANCE = 1.0  # a field's corners are whole units of its page


@dataclass(frozen=True, slots=True)
class SealField:
    """A field's name, the quarter turns that its page is shown with, and how to make it if it is not there."""

    name: str
    turns: int
    fresh: fields.SigFieldSpec | None = None


def with_seal_field(pdf: bytes, name: str, size: int, at: At) -> bytes:
    """A PDF with an empty field for a seal of ``size`` millimetres.

    Raises:
        RuleError: there is no such page, or the seal would leave it.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    place = place_of(writer, size, at)
    fields.append_signature_field(writer, fields.SigFieldSpec(name, place.page, place.corners))
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]  # untyped upstream
    return out.getvalue()


def field_for(writer: IncrementalPdfFileWriter, name: str, appearance: Appearance) -> SealField:
    """The field for a seal on a PDF; ``name`` is that of a new one.

    Raises:
        RuleError: there is no such page, or the seal would leave it.
    """
    if appearance.at is None and (found := _waiting(writer, appearance.size)):
        return found
    place = place_of(writer, appearance.size, appearance.at or USUAL)
    return SealField(name, place.turns, fields.SigFieldSpec(name, place.page, place.corners))


def _waiting(writer: IncrementalPdfFileWriter, size: int) -> SealField | None:
    """The first empty field that is as large as the seal."""
    for name, _, reference in fields.enumerate_sig_fields(writer.prev, filled_status=False):
        field = reference.get_object()
        if "/Rect" not in field or "/P" not in field:
            continue
        left, bottom, right, top = map(float, field["/Rect"])
        turns, unit = scale_of(field["/P"])
        if all(abs(length - size * unit) <= _TOLERANCE for length in (right - left, top - bottom)):
            return SealField(name, turns)
    return None
