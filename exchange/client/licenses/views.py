"""Licenses as the client returns them: the envelope's contents, and data from the node's register."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from yici.registry.v1 import license_pb2 as pb

from exchange.client.messages import known, time_in
from exchange.errors import ExchangeError
from exchange.services.wire.licenses import STATES
from keys.license import Checked
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.states import LicenseState

_PHOTO = "photo_sha256"  # a fact of the page, not a field of the license


@dataclass(frozen=True, slots=True)
class Annotation:
    """加注: a note on a license's record; ``until`` is a day, YYYY-MM-DD, or empty."""

    created_at: datetime | None
    author: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class LicenseRecord:
    """The register's current data about a license, stated by the node and not sealed."""

    state: LicenseState
    revision: int
    qr: str
    flag_reason: str
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class LicenseView:
    """A license with the contents of its verified envelope; undisclosed fields are empty or absent."""

    identifier: str
    type: str
    number: str
    issuer: str
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    envelope: str
    receipt: str
    checked: Checked
    record: LicenseRecord


def license_record_of(item: pb.License) -> LicenseRecord:
    """Return the data about a license in a node's message, beside its envelope.

    Raises:
        ExchangeError: a state or time is invalid.
    """
    state = known(STATES.members, item.state, "state")
    return LicenseRecord(state, item.revision, item.qr, item.flag_reason, _annotation(item))


def view_of(checked: Checked, envelope: str, receipt: str, record: LicenseRecord) -> LicenseView:
    """Return the contents of a checked envelope.

    Raises:
        ExchangeError: a claim of this kind of license is missing or invalid.
    """
    said = checked.license
    try:
        texts = [str(said[name]) for name in ("identifier", "type", "number", "iss")]
        holders = tuple(
            Holder(HolderKind(one["kind"]), one.get("code", ""), one.get("name", "")) for one in said["holders"]
        )
        fields = {name: str(value) for name, value in said["license"].items() if name != _PHOTO}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise not_as_asked("the envelope is not one of a license") from error
    return LicenseView(texts[0], texts[1], texts[2], texts[3], holders, fields, envelope, receipt, checked, record)


def not_as_asked(detail: str) -> ExchangeError:
    """Return the error about evidence of another object than requested."""
    return ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", detail)


def _annotation(item: pb.License) -> Annotation | None:
    if not item.HasField("annotation"):
        return None
    note = item.annotation
    return Annotation(time_in(note, "create_time"), note.author, note.reason, note.until_date)
