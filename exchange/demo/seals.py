"""The city's seals, made with three persons' consent, and the rules for sealing documents."""

from datetime import datetime, timedelta

from exchange.node.wiring.registers import seal_office
from exchange.sealing.office import SealOffice, operator
from exchange.settings import Settings
from registry.agencies import Agency
from registry.china import CHINA
from registry.database import Database
from registry.seals.kinds import KINDS, SealKind, TargetKind
from registry.seals.life import SealChange
from registry.seals.rules import SealRule
from registry.seals.seal import Application

OFFICIAL = {"113205000000140900": "document-desk", "113205000000140825": "approval-documents"}
"""Agencies with an official seal, and the systems by which they exchange documents."""
_PEOPLE = ("钱申请", "孙审批", "李制章")
_DAY = timedelta(days=1)

Seals = dict[tuple[str, SealKind], str]
"""The number of each agency's seal, by kind."""


async def make_seals(
    settings: Settings, database: Database, agencies: list[Agency], sources: set[str], issuers: set[str]
) -> Seals:
    """Make every seal that the agencies need for answers, licenses and documents."""
    holders = {SealKind.EXCHANGE: sources, SealKind.LICENSE: issuers, SealKind.OFFICIAL: set(OFFICIAL)}
    async with seal_office(settings, database) as office:
        return {
            (agency.uscc, kind): await _make_seal(office, agency, kind)
            for agency in agencies
            for kind, wanting in holders.items()
            if agency.uscc in wanting
        }


def letter_rules(seals: Seals) -> list[SealRule]:
    """Return the rules by which agencies' document systems use their official seals."""
    kinds = (TargetKind.OFFICIAL_DOCUMENT, TargetKind.PDF, TargetKind.FILE)
    begin = datetime(2026, 1, 1, tzinfo=CHINA)
    return [
        SealRule(
            f"letters-{desk}", seals[uscc, SealKind.OFFICIAL], (desk,), kinds, ("official-documents",), begin,
            begin + 3650 * _DAY,
        )
        for uscc, desk in OFFICIAL.items()
    ]  # fmt: skip


async def _make_seal(office: SealOffice, agency: Agency, kind: SealKind) -> str:
    applicant, approver, maker = map(operator, _PEOPLE)
    title = "" if kind is SealKind.OFFICIAL else KINDS[kind].title
    wanted = Application(agency.uscc, kind, f"{agency.name}{title}", custodian="周保管")
    seal = await office.apply(applicant, wanted, agency.region)
    seal = await office.change(approver, seal.id, seal.revision, SealChange.APPROVE, "材料齐全")
    seal = await office.make(maker, seal.id, seal.revision, agency)
    return seal.id
