"""Tests of acts by people on record: what the standing rules forbid, and what their entries say."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.acts.admin_act import AdminAct, ClockStep, ItemTarget
from exchange.acts.on_record import OnRecord
from exchange.acts.perform import permitted
from exchange.acts.permit import Permit
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Node, Principal
from registry.agencies import Duty
from registry.content import row_of
from registry.ledger.leaf import Pseudonyms, make_draft
from registry.people import PersonState
from tests.support.officials import OTHER, official, person
from tests.support.permitting import ISSUER, STRANGER, requester, state_of

WHY = "落户受理需要"
ITEM = ItemTarget("application", "ap-1", "submitted", owner=OTHER, source=ISSUER, proposer="p-9", steps=("p-9", "p-8"))
APPROVE = AdminAct("application", "approve", WHY, target=ITEM, item="ap-1")
READ = AdminAct("agency", "read", reads=True, target=ItemTarget("agency", ISSUER))
SUSPEND = AdminAct("agency", "suspend", WHY, target=ItemTarget("agency", STRANGER))
APPROVER, ADMINISTRATOR = official("p-1", ISSUER, Duty.APPROVE), official("p-2", ISSUER, Duty.ADMINISTER)
CONSOLE = requester(STRANGER, Duty.OPERATE)


def reason(principal: Principal, act: AdminAct | PlainAct) -> Reason | None:
    found = permitted(state_of(), principal, act)
    return None if isinstance(found, Permit) else found.reason


@pytest.mark.parametrize(
    ("principal", "act", "refused"),
    [
        (APPROVER, APPROVE, None),
        (official("p-1", ISSUER, Duty.REQUEST), APPROVE, Reason.DUTY_MISSING),
        (official("p-9", ISSUER, Duty.APPROVE), APPROVE, Reason.FOUR_EYES),
        (official("p-8", ISSUER, Duty.APPROVE), APPROVE, Reason.FOUR_EYES),
        (official("p-1", OTHER, Duty.APPROVE), APPROVE, Reason.POLICY_FORBIDS),
        (official("p-1", STRANGER, Duty.APPROVE), APPROVE, Reason.ITEM_UNKNOWN),
        (APPROVER, replace(APPROVE, target=replace(ITEM, state="draft")), Reason.ITEM_UNKNOWN),
        (APPROVER, replace(APPROVE, why=" "), Reason.BASIS_MISSING),
        (APPROVER, replace(APPROVE, why="x" * 201), Reason.INVALID_REQUEST),
        (APPROVER, replace(APPROVE, item="a\nb"), Reason.INVALID_REQUEST),
        (ADMINISTRATOR, SUSPEND, None),
        (APPROVER, SUSPEND, Reason.DUTY_MISSING),
        (APPROVER, READ, None),
        (requester(ISSUER), READ, None),
        (APPROVER, PlainAct("catalogue", "list_matters"), Reason.DUTY_MISSING),
        (official("p-1", ISSUER, Duty.APPROVE, channel=CONSOLE), APPROVE, None),
        (official("p-1", ISSUER, Duty.APPROVE, channel=requester(ISSUER)), APPROVE, None),
        (official("p-1", ISSUER, Duty.APPROVE, channel=requester(STRANGER)), APPROVE, Reason.POLICY_FORBIDS),
        (official("p-1", ISSUER, instead_of=(person("p-5", ISSUER, Duty.APPROVE),)), APPROVE, None),
    ],
)
def test_standing_rules_decide_what_a_person_may_do(
    principal: Principal, act: AdminAct | PlainAct, refused: Reason | None
) -> None:
    assert reason(principal, act) is refused


def test_who_is_not_active_may_not_even_read() -> None:
    suspended = replace(APPROVER, person=replace(APPROVER.person, state=PersonState.SUSPENDED))
    assert reason(suspended, READ) is Reason.POLICY_FORBIDS


def leaf(entry: Any) -> dict[str, Any]:
    return {name: value for name, value in entry.facts._asdict().items() if value}


def test_an_entry_names_the_person_by_id_and_how_they_are_known() -> None:
    row = row_of("person", {"id": "p-7", "revision": 3, "name": "王芳"})
    act = AdminAct("person", "suspend", WHY)
    deputy = official("p-1", ISSUER, channel=CONSOLE, instead_of=(person("p-5"),))
    entry = act.permit_entry(
        deputy, "SUSPENDED", row, source=OTHER, clock=ClockStep("start", "review", 10), told=(OTHER,), policy="ab" * 32
    )
    assert leaf(entry) == {
        "kind": "person.suspend", "decision": "permit", "reason": "SUSPENDED", "agency": ISSUER, "system": CONSOLE.id,
        "source": OTHER, "object": "p-7", "person": "token", "policy": "ab" * 32, "clock": "start", "limit": "review",
        "days": 10, "told": (OTHER,),
    }  # fmt: skip
    assert (entry.opening.officer, entry.opening.request, entry.row) == ("person:p-1 for person:p-5", WHY, row)
    written = make_draft(entry).data
    assert "王芳".encode() not in written
    assert b'"version":3' in written


def test_an_entry_of_a_refusal_names_only_what_is_on_record() -> None:
    refusal = Refusal(Reason.ITEM_UNKNOWN, "")
    found = replace(APPROVE, target=None, dataset="x", matter="m").refusal_entry(
        APPROVER, refusal, OnRecord(state_of().register), Pseudonyms(b"k")
    )
    assert leaf(found) == {
        "kind": "application.approve", "decision": "deny", "reason": "ITEM_UNKNOWN", "agency": ISSUER, "matter": "m",
        "person": "certificate",
    }  # fmt: skip
    assert leaf(APPROVE.refusal_entry(Node(), refusal, OnRecord(None), Pseudonyms(b"k")))["operator"] == "node"
