"""Tests of policies for seals: agencies, the authority, and systems by rules of use."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exchange.acts.command import Command
from exchange.acts.perform import permitted
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Operator
from exchange.sealing.access import over_all_seals, over_seal, over_use, rules_of
from registry.agencies import Duty
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Seal
from registry.seals.states import SealState
from tests.support.permitting import BASIS, ISSUER, STRANGER, permit, reason, requester, state_of

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC)
SEAL = Seal(
    "1", ISSUER, SealKind.OFFICIAL, "章", SealState.ACTIVE, applied_by="applicant/钱", approved_by="approver/孙",
    valid_from=BEGIN, valid_to=END,
)  # fmt: skip
RULE = SealRule(
    "r", "1", ("desk",), (TargetKind.FILE,), ("m",), BEGIN, END, ("王",),
)  # fmt: skip
OWN, OTHER, AUTHORITY = (ISSUER, Duty.REQUEST), (STRANGER, Duty.REQUEST), (STRANGER, Duty.ADMINISTER)
BOTH = {OWN, AUTHORITY}
ACTS = {
    "approve": {AUTHORITY}, "refuse": {AUTHORITY}, "make": {AUTHORITY}, "resume": {AUTHORITY},
    "suspend": BOTH, "destroy": BOTH, "hand_over": BOTH, "read": BOTH,
}  # fmt: skip


@pytest.mark.parametrize("who", [OWN, OTHER, AUTHORITY])
@pytest.mark.parametrize("name", ACTS)
def test_an_act_with_a_seal_is_for_its_agency_or_the_authority(name: str, who: tuple[str, Duty]) -> None:
    at_all = permitted(state_of(), requester(*who), RegisterAct(name, BASIS, register="seal"))
    found = reason(over_seal(at_all, SEAL, "desk/王") if isinstance(at_all, Permit) else at_all)
    if who in ACTS[name]:
        assert found == ""
    else:
        assert found == ("DUTY_MISSING" if BOTH - ACTS[name] else "SEAL_UNKNOWN")


@pytest.mark.parametrize("duty", [Duty.AUDIT, Duty.OPERATE])
@pytest.mark.parametrize("name", [*ACTS, "list", "apply", "use", "check"])
def test_no_other_duty_has_to_do_with_seals(name: str, duty: Duty) -> None:
    refused = permitted(state_of(), requester(ISSUER, duty), RegisterAct(name, BASIS, register="seal"))
    assert isinstance(refused, Refusal)
    assert refused.reason.name == "DUTY_MISSING"


SAME = ("applicant/钱", "authority/钱", "authority/ 钱·", "@host/钱", "applicant/李")
"""Those who are the applicant of the seal, as far as can be known."""
APPROVER = ("approver/孙", "maker/孙", "approver/李", "@host/孙")
OTHERS = ("maker/李", "@host/李")


@pytest.mark.parametrize("person", [*SAME, *APPROVER, *OTHERS])
@pytest.mark.parametrize("name", ["approve", "refuse", "make"])
def test_no_person_takes_two_of_the_steps_that_make_a_seal(name: str, person: str) -> None:
    act = RegisterAct(name, BASIS, register="seal")
    found = reason(over_seal(permit(state_of(), STRANGER, act, Duty.ADMINISTER), SEAL, person))
    assert found == ("FOUR_EYES" if person in SAME or (person in APPROVER and name == "make") else "")


@pytest.mark.parametrize("person", ["@host/钱", "@host/李"])
@pytest.mark.parametrize("name", ["approve", "refuse", "make"])
def test_no_login_takes_two_of_the_steps_that_make_a_seal(name: str, person: str) -> None:
    seal = replace(SEAL, applied_by="@host/钱", approved_by="@host/钱" if name == "make" else "")
    operator = Operator(person.partition("/")[2], authenticated=True)
    at_all = permitted(state_of(), operator, Command(f"seal.{name}", "register.seal", "材料齐全"))
    assert isinstance(at_all, Permit)
    assert reason(over_seal(at_all, seal, operator.id)) == ("FOUR_EYES" if "钱" in person else "")


def test_a_step_without_a_person_is_not_permitted() -> None:
    at_all = permit(state_of(), STRANGER, RegisterAct("make", BASIS, register="seal"), Duty.ADMINISTER)
    assert reason(over_seal(at_all, SEAL)) == "FOUR_EYES"


def test_the_authority_alone_lists_the_seals_of_all() -> None:
    act = RegisterAct("list", BASIS, register="seal")
    assert reason(over_all_seals(permit(state_of(), *AUTHORITY[:1], act, Duty.ADMINISTER))) == ""
    assert reason(over_all_seals(permit(state_of(), ISSUER, act))) == "POLICY_FORBIDS"


@pytest.mark.parametrize(
    ("changed", "seal", "target_kind", "expected"),
    [
        ({}, SEAL, TargetKind.FILE, ""),
        ({}, replace(SEAL, agency=STRANGER), TargetKind.FILE, "SEAL_NOT_OWN"),
        ({}, replace(SEAL, state=SealState.SUSPENDED), TargetKind.FILE, "SEAL_NOT_IN_USE"),
        ({}, replace(SEAL, valid_to=datetime(2026, 1, 2, tzinfo=UTC)), TargetKind.FILE, "SEAL_NOT_IN_USE"),
        ({}, replace(SEAL, valid_from=datetime(2095, 1, 1, tzinfo=UTC)), TargetKind.FILE, "SEAL_NOT_IN_USE"),
        ({}, replace(SEAL, valid_from=None, valid_to=None), TargetKind.FILE, "SEAL_NOT_IN_USE"),
        ({}, SEAL, TargetKind.PDF, "NO_SEAL_RULE"),
        ({"systems": ("other",)}, SEAL, TargetKind.FILE, "NO_SEAL_RULE"),
        ({"matters": ("other",)}, SEAL, TargetKind.FILE, "NO_SEAL_RULE"),
        ({"officers": ("李",)}, SEAL, TargetKind.FILE, "NO_SEAL_RULE"),
        ({"officers": ()}, SEAL, TargetKind.FILE, ""),
        ({"valid_to": datetime(2026, 1, 2, tzinfo=UTC)}, SEAL, TargetKind.FILE, "NO_SEAL_RULE"),
    ],
)
def test_a_seal_is_used_by_its_agency_under_a_rule(
    changed: dict[str, object], seal: Seal, target_kind: TargetKind, expected: str
) -> None:
    rule = replace(RULE, **changed)  # type: ignore[arg-type]
    at_all = permit(state_of(seal_rules={"1": (rule,)}), ISSUER, RegisterAct("use", BASIS, register="seal", item="1"))
    found = over_use(at_all, seal, target_kind)
    assert reason(found) == expected
    if isinstance(found, Permit):
        assert rules_of(found) == (rule,)
