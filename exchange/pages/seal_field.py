"""Form fields of seals: an empty field made for the seal, or a new one (ISO 32000-2, 12.7.5.5).

A page made for a seal has an empty signature field of the seal's size. If no position is requested, the seal is put
there, or at the usual position.
"""

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields

from exchange.pages.place import Appearance, place_of, scale_of
from exchange.pages.spot import USUAL, At

_TOLERANCE = 1.0  # a field's corners are rounded to units of its page


@dataclass(frozen=True, slots=True)
class SealField:
    """A field's name, its page's rotation in quarter turns, and how to create it if it is new."""

    name: str
    turns: int
    fresh: fields.SigFieldSpec | None = None


def with_seal_field(pdf: bytes, name: str, size: int, at: At) -> bytes:
    """Return a PDF with an empty field for a seal of ``size`` millimetres.

    Raises:
        RuleError: there is no such page, or the seal would not fit on it.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    place = place_of(writer, size, at)
    fields.append_signature_field(writer, fields.SigFieldSpec(name, place.page, place.corners))
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]  # untyped upstream
    return out.getvalue()


def field_for(writer: IncrementalPdfFileWriter, name: str, appearance: Appearance) -> SealField:
    """Return the field for a seal in a PDF; ``name`` is the name of a new one.

    Raises:
        RuleError: there is no such page, or the seal would not fit on it.
    """
    if appearance.at is None and (found := _waiting(writer, appearance.size)):
        return found
    place = place_of(writer, appearance.size, appearance.at or USUAL)
    return SealField(name, place.turns, fields.SigFieldSpec(name, place.page, place.corners))


def _waiting(writer: IncrementalPdfFileWriter, size: int) -> SealField | None:
    """Return the first empty field of the seal's size."""
    for name, _, reference in fields.enumerate_sig_fields(writer.prev, filled_status=False):
        field = reference.get_object()
        if "/Rect" not in field or "/P" not in field:
            continue
        left, bottom, right, top = map(float, field["/Rect"])
        turns, unit = scale_of(field["/P"])
        if all(abs(length - size * unit) <= _TOLERANCE for length in (right - left, top - bottom)):
            return SealField(name, turns)
    return None
