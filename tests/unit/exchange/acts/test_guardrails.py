"""Guardrails hold for every kind of resource: what they forbid, no policy about the resource permits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.acts.perform import permitted
from exchange.acts.permit import Permit, authorize
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Node, Operator
from exchange.acts.target import Target
from exchange.documents.access import DocumentTarget
from exchange.licensing.access import CodeTarget, LicenseTarget, TypeTarget
from exchange.licensing.lookup import CurrentState
from exchange.sealing.access import SealTarget, UseTarget
from registry.agencies import Duty, State
from registry.basis import MAX_TEXT, Basis
from registry.departures import Change, Departed, Departure
from registry.documents.document import Document, DocumentState, Urgency
from registry.licenses.codes import Code, CodeState, CodeUse
from registry.licenses.states import LicenseState
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Seal
from registry.seals.states import SealState
from tests.support.permitting import BASIS, ISSUER, requester, state_of
from tests.support.sealing import KIND

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TYPE = replace(KIND, issuers=(ISSUER,))
END = datetime(2096, 1, 1, tzinfo=UTC)
SEAL = Seal("1", ISSUER, SealKind.OFFICIAL, "章", SealState.ACTIVE, applied_by="desk/钱", valid_from=NOW, valid_to=END)
RULE = SealRule("r", "1", ("desk",), (TargetKind.FILE,), ("m",), NOW, END)
DOCUMENT = Document(
    "1", ISSUER, "苏〔2026〕1号", "通知", Urgency.NORMAL, date(2026, 1, 1), (), DocumentState.DRAFT, 1, b"{}", NOW
)
TARGETS: dict[str, tuple[str, Target]] = {
    "license.issue": ("license", TypeTarget(TYPE, None)),
    "license.read": (
        "license", LicenseTarget(TYPE, None, CurrentState("x", "ab" * 32, TYPE.id, ISSUER, LicenseState.VALID, ())),
    ),
    "license.redeem": ("license", CodeTarget(Code(CodeUse.PRESENTATION, CodeState.OPEN, ("x",), "用途", "desk", {}))),
    "seal.read": ("seal", SealTarget(SEAL)),
    "seal.use": ("seal", UseTarget(SEAL, TargetKind.FILE, BASIS)),
    "document.send": ("document", DocumentTarget(DOCUMENT)),
}  # fmt: skip


def refused(name: str, basis: Basis = BASIS, duty: Duty = Duty.REQUEST, state: State = State.ACTIVE) -> bool:
    """Whether an act is refused that is the agency's own to do."""
    register, target = TARGETS[name]
    act = RegisterAct(name.partition(".")[2], basis, TYPE.id, register=register, target=target)
    who = requester(ISSUER, duty)
    who = replace(who, system=replace(who.system, state=state))
    node = state_of(license_types={TYPE.id: TYPE}, seal_rules={"1": (RULE,)})
    return isinstance(authorize(node, who, act), Refusal)


@pytest.mark.parametrize("name", TARGETS)
def test_no_resource_is_open_to_what_a_guardrail_forbids(name: str) -> None:
    assert not refused(name)
    assert refused(name, state=State.SUSPENDED)
    assert refused(name, duty=Duty.AUDIT)
    assert refused(name, basis=replace(BASIS, matter="other"))
    assert refused(name, basis=replace(BASIS, legal_basis="别的"))


def test_no_seal_is_used_without_an_officer() -> None:
    node = state_of(seal_rules={"1": (RULE,)})
    for basis, expected in ((BASIS, Permit), (replace(BASIS, officer=""), Refusal)):
        act = RegisterAct("use", BASIS, register="seal", target=UseTarget(SEAL, TargetKind.FILE, basis))
        assert isinstance(authorize(node, requester(ISSUER), act), expected)


@pytest.mark.parametrize("register", ["license", "seal"])
def test_the_node_alone_records_what_expires_and_does_nothing_else(register: str) -> None:
    node, act = state_of(), PlainAct(register, "expire")
    assert isinstance(authorize(node, Node(), act), Permit)
    for who in (requester(ISSUER), requester(ISSUER, Duty.ADMINISTER), Operator("root", authenticated=True)):
        assert isinstance(authorize(node, who, act), Refusal)
    for other in (PlainAct("catalogue", "get_matter"), RegisterAct("list", BASIS, register="document")):
        assert isinstance(authorize(node, Node(), other), Refusal)


@pytest.mark.parametrize(
    ("basis", "departed", "reason"),
    [
        (replace(BASIS, case=""), (), Reason.BASIS_MISSING),
        (replace(BASIS, case="长" * (MAX_TEXT + 1)), (), Reason.INVALID_REQUEST),
        (replace(BASIS, matter="x"), (), Reason.MATTER_UNKNOWN),
        (replace(BASIS, matter="x"), [Departure("matter", "x", Change.CHANGED, 1)], Reason.LEDGER_DISAGREES),
        (replace(BASIS, legal_basis="x"), (), Reason.LEGAL_BASIS_MISMATCH),
        (BASIS, (), None),
    ],
)
def test_an_act_on_a_register_needs_a_basis_on_record(
    basis: Basis, departed: Sequence[Departure], reason: Reason | None
) -> None:
    node = state_of(departed=Departed.of(departed))
    found = permitted(node, requester(ISSUER), RegisterAct("list", basis, register="document"))
    assert (found.reason if isinstance(found, Refusal) else None) is reason
