"""Seals, signatures and checks, as a node returns them."""

from dataclasses import dataclass
from datetime import datetime

from yici.registry.v1 import seal_pb2 as pb

from exchange.client.messages import known, time_in
from exchange.services.wire.seals import KINDS, STATES
from keys.evidence import Step, Verdict
from registry.seals.kinds import SealKind
from registry.seals.states import SealState


@dataclass(frozen=True, slots=True)
class SealView:
    """A seal from a node; ``eseal`` and ``picture`` are empty until it is made, and in lists."""

    id: str
    agency: str
    kind: SealKind
    name: str
    state: SealState
    revision: int
    holder: str
    valid_from: datetime | None
    valid_to: datetime | None
    eseal: bytes
    picture: bytes
    reason: str
    custodian: str


@dataclass(frozen=True, slots=True)
class SealedItem:
    """An SES_Signature (DER), the receipt of the seal's use, and the sealed PDF, if any."""

    signature: bytes
    receipt: str
    pdf: bytes = b""


@dataclass(frozen=True, slots=True)
class Checked:
    """A node's check of a presented object; ``state`` is the current state of a seal in its register."""

    verdict: Verdict
    steps: tuple[Step, ...]
    seal: str
    name: str
    signed_by: str
    proven_at: datetime | None
    state: SealState | None
    receipt: str


def view_of(item: pb.ElectronicSeal) -> SealView:
    """Return the seal of a message."""
    return SealView(
        item.id, item.agency, known(KINDS.members, item.kind, "kind"), item.name,
        known(STATES.members, item.state, "state"),
        item.revision, item.holder, time_in(item, "valid_from_time"), time_in(item, "valid_to_time"),
        item.eseal, item.picture, item.reason, item.custodian,
    )  # fmt: skip
