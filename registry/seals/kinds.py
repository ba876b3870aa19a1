"""Kinds of seals, and what each may be put on.

The number is the type that an e-seal carries (C 0119-2018: 01 法定名称章, 03 发票, 04 合同, 05 名章, 99 其他).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TargetKind(StrEnum):
    """What a seal is put on."""

    FILE = "file"
    PDF = "pdf"
    OFFICIAL_DOCUMENT = "official_document"
    LICENSE = "license"
    ANSWER = "answer"
    STATUS_LIST = "status_list"


class SealKind(StrEnum):
    """印章种类."""

    OFFICIAL = "official"
    CONTRACT = "contract"
    INVOICE = "invoice"
    APPROVAL = "approval"
    ARCHIVE = "archive"
    REPRESENTATIVE = "representative"
    LICENSE = "license"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class KindRule:
    """A kind's name, its number in e-seals, what it may be put on, and whether it is a person's square name seal."""

    title: str
    number: int
    target_kinds: frozenset[TargetKind]
    personal: bool = False


_PAPERS = frozenset({TargetKind.FILE, TargetKind.PDF})
KINDS: Mapping[SealKind, KindRule] = {
    SealKind.OFFICIAL: KindRule("公章", 1, _PAPERS | {TargetKind.OFFICIAL_DOCUMENT}),
    SealKind.CONTRACT: KindRule("合同专用章", 4, _PAPERS),
    SealKind.INVOICE: KindRule("发票专用章", 3, _PAPERS),
    SealKind.APPROVAL: KindRule("审批专用章", 99, _PAPERS),
    SealKind.ARCHIVE: KindRule("档案专用章", 99, _PAPERS),
    SealKind.REPRESENTATIVE: KindRule("法定代表人名章", 5, _PAPERS | {TargetKind.OFFICIAL_DOCUMENT}, personal=True),
    SealKind.LICENSE: KindRule("电子证照专用章", 99, frozenset({TargetKind.LICENSE, TargetKind.STATUS_LIST})),
    SealKind.EXCHANGE: KindRule(
        "数据共享专用章", 99, frozenset({TargetKind.ANSWER, TargetKind.LICENSE, TargetKind.STATUS_LIST})
    ),
}
"""Answers and licenses are sealed by their agency's own seal of these kinds; all else needs a rule of use."""
