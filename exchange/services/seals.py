"""Messages about seals, and the values that they stand for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yici.registry.v1 import seal_pb2 as pb

from exchange.sealing.using import ToSeal
from keys.evidence import Verdict
from keys.ses.checking import CheckedSeal
from registry.errors import RuleError
from registry.seals.kinds import SealedKind, SealKind
from registry.seals.life import SealChange, SealState
from registry.seals.seal import Seal

KINDS: Mapping[int, SealKind] = {pb.SealKind.Value(f"SEAL_KIND_{item.name}"): item for item in SealKind}
CHANGES: Mapping[int, SealChange] = {
    pb.SealChange.Value(f"SEAL_CHANGE_{item.name}"): item
    for item in SealChange
    if item not in (SealChange.MAKE, SealChange.EXPIRE)
}
STATES: Mapping[SealState, Any] = {item: pb.SealState.Value(f"SEAL_STATE_{item.name}") for item in SealState}
VERDICTS: Mapping[Verdict, Any] = {item: pb.SealVerdict.Value(f"SEAL_VERDICT_{item.name}") for item in Verdict}
GOES_ON = {
    pb.SEALED_KIND_UNSPECIFIED: SealedKind.FILE,
    pb.SEALED_KIND_FILE: SealedKind.FILE,
    pb.SEALED_KIND_PDF: SealedKind.PDF,
    pb.SEALED_KIND_OFFICIAL_DOCUMENT: SealedKind.OFFICIAL_DOCUMENT,
}
_KIND_NUMBERS: Mapping[SealKind, Any] = {kind: number for number, kind in KINDS.items()}


def seal_message(found: Seal, *, whole: bool = True) -> pb.ElectronicSeal:
    """A seal; in a list without e-seal and picture."""
    return pb.ElectronicSeal(
        id=found.id, agency=found.agency, kind=_KIND_NUMBERS[found.kind], name=found.name, state=STATES[found.state],
        revision=found.revision, holder=found.holder, valid_from=_time(found.valid_from),
        valid_to=_time(found.valid_to),
        eseal=found.eseal if whole else b"", picture=found.picture if whole else b"", why=found.why,
        custodian=found.custodian,
    )  # fmt: skip


def item_of(message: pb.Item, where: str) -> ToSeal:
    """What is to be sealed.

    Raises:
        RuleError: neither a document nor a digest.
    """
    match message.WhichOneof("content"):
        case "document":
            return ToSeal.document(message.document, message.property_info)
        case "digest":
            return ToSeal(message.digest, message.property_info)
    raise RuleError(where, "a document or its SM3 digest is required")


def checked_message(found: CheckedSeal, state: SealState | None, receipt: str) -> pb.VerifySealedResponse:
    """What a check came to."""
    steps = [pb.SealStep(name=one.name, verdict=VERDICTS[one.verdict], detail=one.detail) for one in found.steps]
    return pb.VerifySealedResponse(
        verdict=VERDICTS[found.verdict],
        steps=steps,
        seal=found.seal.id if found.seal else "",
        name=found.seal.name if found.seal else "",
        signed_by=found.signed_by,
        proven_at=_time(found.proven_at),
        state=STATES[state] if state else pb.SEAL_STATE_UNSPECIFIED,
        receipt=receipt,
    )


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
