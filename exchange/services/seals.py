"""Conversion between seal messages and the node's own types."""

from yici.registry.v1 import seal_pb2 as pb

from exchange.sealing.using import ToSeal
from exchange.services.wire.seals import KINDS, STATES, VERDICTS
from exchange.services.wire.times import time_message
from keys.ses.checking import CheckedSeal
from registry.errors import RuleError
from registry.seals.seal import Seal
from registry.seals.states import SealState


def seal_message(seal: Seal, *, whole: bool = True) -> pb.ElectronicSeal:
    """Return a seal as a message; in lists without e-seal and picture."""
    return pb.ElectronicSeal(
        id=seal.id, agency=seal.agency, kind=KINDS.numbers[seal.kind], name=seal.name,
        state=STATES.numbers[seal.state], revision=seal.revision, holder=seal.holder,
        valid_from_time=time_message(seal.valid_from), valid_to_time=time_message(seal.valid_to),
        eseal=seal.eseal if whole else b"", picture=seal.picture if whole else b"", reason=seal.why,
        custodian=seal.custodian,
    )  # fmt: skip


def item_of(message: pb.SealItem, where: str) -> ToSeal:
    """Return what is to be sealed.

    Raises:
        RuleError: there is neither a document nor a digest.
    """
    match message.WhichOneof("content"):
        case "document":
            return ToSeal.document(message.document, message.property_info)
        case "digest":
            return ToSeal(message.digest, message.property_info)
    raise RuleError(where, "a document or its SM3 digest is required")


def checked_message(checked: CheckedSeal, state: SealState | None, receipt: str) -> pb.VerifySealedResponse:
    """Return the result of a check as a message."""
    steps = [
        pb.SealStep(name=one.name, verdict=VERDICTS.numbers[one.verdict], detail=one.detail) for one in checked.steps
    ]
    return pb.VerifySealedResponse(
        verdict=VERDICTS.numbers[checked.verdict],
        steps=steps,
        seal=checked.seal.id if checked.seal else "",
        name=checked.seal.name if checked.seal else "",
        signed_by=checked.signed_by,
        proof_time=time_message(checked.proven_at),
        state=STATES.numbers[state] if state else pb.SEAL_STATE_UNSPECIFIED,
        receipt=receipt,
    )
