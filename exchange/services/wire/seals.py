"""Enum numbers of ``SealService``."""

from yici.registry.v1 import seal_pb2 as pb

from exchange.services.wire.tables import EnumTable
from keys.evidence import Verdict
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.states import SealChange, SealState

KINDS = EnumTable.of(pb.SealKind, "SEAL_KIND", SealKind)
CHANGES: EnumTable[SealChange] = EnumTable.of(
    pb.SealChange, "SEAL_CHANGE", [item for item in SealChange if item not in (SealChange.MAKE, SealChange.EXPIRE)]
)
STATES = EnumTable.of(pb.SealState, "SEAL_STATE", SealState)
VERDICTS = EnumTable.of(pb.SealVerdict, "SEAL_VERDICT", Verdict)
TARGET_KINDS = EnumTable.of(
    pb.TargetKind,
    "TARGET_KIND",
    (TargetKind.FILE, TargetKind.PDF, TargetKind.OFFICIAL_DOCUMENT),
    unspecified=TargetKind.FILE,
)
