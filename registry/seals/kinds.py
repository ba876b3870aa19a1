"""Kinds of seals, and the kinds of target that each may be used on.

The number is the type in an e-seal (C 0119-2018: 01 法定名称章, 03 发票, 04 合同, 05 名章, 99 其他).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TargetKind(StrEnum):
    """The kind of object to which a seal is applied."""

    FILE = "file"
    PDF = "pdf"
    OFFICIAL_DOCUMENT = "official_document"
    LICENSE = "license"
    ANSWER = "answer"
    STATUS_LIST = "status_list"


class SealKind(StrEnum):
    """印章种类: the kind of a seal."""

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
    """A kind's name, its number in e-seals, its target kinds, and whether it is a square name seal."""

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
"""The seal kinds for answers and licenses, which need no rule of use; all other uses need one."""
