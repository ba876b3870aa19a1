"""The city's seals, each made by three systems, and the rules for sealing documents."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.node.wiring.host import Host
from exchange.sealing.service import SealService
from registry.agencies import Duty
from registry.basis import Basis
from registry.china import CHINA
from registry.errors import RuleError
from registry.seals.kinds import KINDS, SealKind, TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Application, Seal
from registry.seals.states import SealChange

OFFICIAL = {"113205000000140900": "document-desk", "113205000000140825": "approval-documents"}
"""Agencies with an official seal, and the systems by which they exchange documents."""
AUTHORITY, MAKER = "seal-authority", "seal-maker"
"""The systems that approve applications and make seals."""
_BASIS = "seal-administration", "YZ-2026-0001", "《国务院关于在线政务服务的若干规定》第九条"
_DAY = timedelta(days=1)
_SECONDS = 60.0

Seals = dict[tuple[str, SealKind], str]
"""The number of each agency's seal, by kind."""
Certificate = Callable[[str], bytes]
"""A system's certificate (PEM), by the system's id."""


async def make_seals(host: Host, certificate: Certificate, sources: set[str], issuers: set[str]) -> Seals:
    """Make every seal that the agencies need for answers, licenses and documents.

    Each step is a call like any other: a system of the agency applies, two systems of the authority approve and make.
    """
    register = await host.read()
    applicants = {
        item.agency.uscc: item.system.id for item in register.certificates.values() if item.system.duty is Duty.REQUEST
    }
    holders = {SealKind.EXCHANGE: sources, SealKind.LICENSE: issuers, SealKind.OFFICIAL: set(OFFICIAL)}
    async with host.seal_service() as service:
        return {
            (agency.uscc, kind): await _make_seal(service, certificate, applicants[agency.uscc], agency.name, kind)
            for agency in register.agencies.values()
            for kind, wanting in holders.items()
            if agency.uscc in wanting
        }


def letter_rules(seals: Seals) -> list[SealRule]:
    """Return the rules by which agencies' document systems use their official seals."""
    kinds = (TargetKind.OFFICIAL_DOCUMENT, TargetKind.PDF, TargetKind.FILE)
    begin = datetime(2026, 1, 1, tzinfo=CHINA)
    return [
        SealRule(
            f"letters-{system}", seals[uscc, SealKind.OFFICIAL], (system,), kinds, ("official-documents",), begin,
            begin + 3650 * _DAY,
        )
        for uscc, system in OFFICIAL.items()
    ]  # fmt: skip


async def _make_seal(
    service: SealService, certificate: Certificate, applicant: str, agency: str, kind: SealKind
) -> str:
    title = "" if kind is SealKind.OFFICIAL else KINDS[kind].title
    wanted = Application("", kind, f"{agency}{title}", custodian="周保管")
    seal = await _result_of(service.apply(_call(certificate(applicant)), _act("apply", "钱申请"), wanted))
    call, act = _call(certificate(AUTHORITY)), _act("approve", "孙审批", seal.id)
    seal = await _result_of(service.change(call, act, seal.revision, SealChange.APPROVE, "材料齐全"))
    seal = await _result_of(service.make(_call(certificate(MAKER)), _act("make", "李制章", seal.id), seal.revision))
    return seal.id


def _call(certificate: bytes) -> Call:
    return Call("SealService", certificate, _SECONDS)


def _act(name: str, officer: str, seal: str = "") -> RegisterAct:
    return RegisterAct(name, Basis(*_BASIS, officer), register="seal", item=seal)


async def _result_of(work: Awaitable[Seal | Refusal]) -> Seal:
    outcome = await work
    if isinstance(outcome, Refusal):
        raise RuleError("seals", outcome.detail)
    return outcome
