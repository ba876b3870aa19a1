"""A kept decision is about acts and objects on which all policies decide alike, and about no others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from exchange.acts import authorization
from exchange.acts.permit import Permit, authorize
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.auditing.look import Look
from exchange.licensing.access import CodeTarget, LicenseTarget, TypeTarget
from exchange.query.asking import Asking
from exchange.query.question import Question
from exchange.sealing.access import AllSeals, SealTarget, UseTarget
from registry.agencies import Duty
from registry.basis import Basis
from registry.catalogue import Dataset, Field, Sharing
from registry.claims import Claim, Operator
from registry.grants import Grant, by_party
from registry.identifiers import SubjectKind
from registry.licenses.codes import Code, CodeState, CodeUse
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import License
from registry.licenses.states import LicenseState
from registry.matters import Mode
from registry.register import Register
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Seal
from registry.seals.states import SealState
from tests.support.permitting import BASIS, GRANTED, ISSUER, KEEPER, LAW, STRANGER, requester, state_of
from tests.support.sealing import KIND

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC)
HOLDER = "110101199003078515"
TYPE = replace(KIND, source=KEEPER, issuers=(ISSUER,))
OTHER_TYPE = replace(TYPE, id="other", issuers=(STRANGER,))
LICENSE = License(
    "1.2.156.3005.2.x", TYPE.id, 1, "1", ISSUER, "r", 1, (Holder(HolderKind.CITIZEN_ID, HOLDER, "某人"),), {},
    date(2026, 1, 1), None, BEGIN, LicenseState.VALID, 1, 1, 1, "", "ab" * 32,
)  # fmt: skip
OTHERS = replace(LICENSE, issuer=STRANGER)
HELD_BY_ANOTHER = replace(LICENSE, holders=(Holder(HolderKind.CITIZEN_ID, "110101199003072658", "另一人"),))
SEAL = Seal("1", ISSUER, SealKind.OFFICIAL, "章", SealState.ACTIVE, applied_by="a/钱", valid_from=BEGIN, valid_to=END)
RULE = SealRule("r", "1", ("desk",), (TargetKind.FILE,), ("m",), BEGIN, END)
CODE = Code(CodeUse.PRESENTATION, CodeState.OPEN, ("x",), "用途", "desk", {})
DATASET = Dataset(
    "d", "数据", "Data", KEEPER, Sharing.CONDITIONAL, (SubjectKind.CITIZEN_ID,), "daily",
    (Field("name", "姓名", "Name"), Field("sex", "性别", "Sex")),
)  # fmt: skip
NAME = Grant("n", GRANTED, "d", ("name",), (Mode.VERIFY,), ("m",), LAW, BEGIN, END)
SEX = Grant("s", GRANTED, TYPE.dataset_id, ("sex",), (Mode.QUERY,), ("m",), LAW, BEGIN, END)
QUESTION = Question(
    Mode.VERIFY, BASIS, "d", SubjectKind.CITIZEN_ID, (HOLDER,), claims=(Claim("name", Operator.EXISTS),)
)  # fmt: skip
OTHER_MATTER, OTHER_LAW = replace(BASIS, matter="other"), replace(BASIS, legal_basis="别的")
BOTH: dict[str, tuple[Requester, Any, Any]] = {}
"""By name: who acts, what is permitted, and what is not."""


def case(name: str, who: Requester, make: Callable[[Any], Any], permitted: object, refused: object) -> None:
    BOTH[name] = who, make(permitted), make(refused)


def act(name: str, register: str = "license") -> Callable[[Any], RegisterAct]:
    return lambda target: RegisterAct(name, BASIS, TYPE.id, register=register, target=target)


def presented(license_: License) -> LicenseTarget:
    return LicenseTarget(TYPE, None, license_, HOLDER)


def based(basis: Basis) -> RegisterAct:
    return RegisterAct("list", basis, register="document")


def asked(changed: dict[str, Any]) -> Asking:
    return Asking(replace(QUESTION, **changed))


ours, granted, authority = requester(ISSUER), requester(GRANTED), requester(KEEPER, Duty.ADMINISTER)
case("issuer", ours, act("read"), LicenseTarget(TYPE, None, LICENSE), LicenseTarget(TYPE, None, OTHERS))
case("holder", ours, act("present"), presented(LICENSE), presented(HELD_BY_ANOTHER))
case("type", ours, act("issue"), TypeTarget(TYPE, None), TypeTarget(OTHER_TYPE, None))
case(
    "fields of a license", granted, act("link"),
    LicenseTarget(TYPE, ("sex",), LICENSE), LicenseTarget(TYPE, ("address", "sex"), LICENSE),
)  # fmt: skip
case("fields of a type", granted, act("watch"), TypeTarget(TYPE, ()), TypeTarget(TYPE, ("address",)))
case("state of a code", ours, act("redeem"), CodeTarget(CODE), CodeTarget(replace(CODE, state=CodeState.USED)))
case("use of a code", ours, act("redeem"), CodeTarget(CODE), CodeTarget(replace(CODE, use=CodeUse.DOWNLOAD)))
case("agency of a seal", ours, act("read", "seal"), SealTarget(SEAL), SealTarget(replace(SEAL, id="2", agency=KEEPER)))
case("person", authority, act("approve", "seal"), SealTarget(SEAL, "b/李"), SealTarget(SEAL, "a/钱"))
case("all seals", authority, act("list", "seal"), AllSeals(), SealTarget(SEAL))
case(
    "target of a seal", ours, act("use", "seal"),
    UseTarget(SEAL, TargetKind.FILE, BASIS), UseTarget(SEAL, TargetKind.LICENSE, BASIS),
)  # fmt: skip
case("matter", ours, based, BASIS, OTHER_MATTER)
case("legal basis", ours, based, BASIS, OTHER_LAW)
case("reason", requester(ISSUER, Duty.AUDIT), lambda why: Look("search", why), "核查", "")
case("fields asked", granted, asked, {}, {"claims": (Claim("sex", Operator.EXISTS),)})
case("matter asked", granted, asked, {}, {"basis": OTHER_MATTER})
case("legal basis asked", granted, asked, {}, {"basis": OTHER_LAW})


def node() -> Any:
    return state_of(
        license_types={TYPE.id: TYPE, "other": OTHER_TYPE}, seal_rules={"1": (RULE,)}, datasets={"d": DATASET},
        grants=by_party([NAME, SEX]),
    )  # fmt: skip


@pytest.mark.parametrize("name", BOTH)
def test_a_kept_permit_permits_nothing_else(name: str) -> None:
    state = node()
    who, permitted, refused = BOTH[name]
    assert isinstance(authorize(node(), who, refused), Refusal)
    assert isinstance(authorize(state, who, permitted), Permit)
    assert isinstance(authorize(state, who, refused), Refusal)
    assert isinstance(authorize(state, who, permitted), Permit)


def test_a_kept_permit_is_of_its_requester_and_action_alone() -> None:
    state = node()
    permitted = act("read")(LicenseTarget(TYPE, None, LICENSE))
    assert isinstance(authorize(state, ours, permitted), Permit)
    stranger = requester(STRANGER)
    another = replace(stranger, system=replace(stranger.system, id="another"))
    assert isinstance(authorize(state, another, permitted), Refusal)
    keeper = requester(KEEPER)
    assert isinstance(authorize(node(), keeper, replace(permitted, name="print")), Permit)
    assert isinstance(authorize(node(), keeper, permitted), Refusal)
    state = node()
    assert isinstance(authorize(state, keeper, replace(permitted, name="print")), Permit)
    assert isinstance(authorize(state, keeper, permitted), Refusal)


@pytest.mark.parametrize(("begin", "end"), [(BEGIN - timedelta(days=1), BEGIN), (BEGIN, END)], ids=["begins", "ends"])
def test_a_kept_decision_ends_when_a_grant_begins_or_ends(
    monkeypatch: pytest.MonkeyPatch, begin: datetime, end: datetime
) -> None:
    state, decided = node(), []
    for at in (begin, end):
        monkeypatch.setattr(authorization.time, "time", lambda at=at: at.timestamp())
        decided.append(isinstance(authorize(state, granted, Asking(QUESTION)), Permit))
    assert decided == [begin >= BEGIN, end < END]


def test_a_changed_grant_ends_decisions_on_its_dataset_and_agency_alone() -> None:
    state = node()
    before, register = state.authorizer, state.register
    link, name = act("link")(LicenseTarget(TYPE, ("sex",), LICENSE)), Asking(QUESTION)
    for item in (link, name):
        assert isinstance(authorize(state, granted, item), Permit)

    def kept(changed: Register) -> list[bool]:
        after = before.after(changed)
        return [after.kept(granted, item.action, item.shape) is not None for item in (link, name)]

    assert kept(replace(register, changed=frozenset({"grant"}))) == [True, True]
    assert kept(replace(register, changed=frozenset({"matter"}))) == [False, False]
    revoked = replace(register, grants=by_party([SEX]), changed=frozenset({"grant"}))
    assert kept(revoked) == [True, False]
    longer = replace(register, grants=by_party([NAME, replace(SEX, valid_to=END + timedelta(1))]))
    assert kept(replace(longer, changed=frozenset({"grant", "seal"}))) == [False, True]
    refused = authorize(replace(state, register=revoked, authorizer=before.after(revoked)), granted, name)
    assert isinstance(refused, Refusal)
    assert isinstance(authorize(state, granted, name), Permit)
