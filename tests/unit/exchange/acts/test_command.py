"""Tests of commands as acts: their reasons, entries, and denials in words."""

from dataclasses import replace

import pytest

from exchange.acts.command import MAX_WHY, Command
from exchange.acts.on_record import OnRecord
from exchange.acts.perform import permitted
from exchange.acts.permit import Permit, authorize
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Operator, Principal
from exchange.sealing.access import SealTarget
from keys.leaf.facts import RegisterFacts
from registry.ledger.leaf import Pseudonyms
from registry.seals.kinds import SealKind
from registry.seals.seal import Seal
from registry.seals.states import SealState
from tests.support.permitting import ISSUER, requester, state_of

NOBODY = Pseudonyms(b"k" * 32)
LOAD = Command("catalog.load", "register.agency", "新设机构")
APPLY = Command("seal.apply", "register.seal", "新设机构")
LI, ROOT = Operator("li", authenticated=True), Operator("root", authenticated=False)


@pytest.mark.parametrize("why", ["", "  ", "a\x00", "长" * (MAX_WHY + 1)])
def test_a_command_without_a_reason_that_can_be_read_is_refused(why: str) -> None:
    refused = permitted(state_of(), LI, replace(LOAD, why=why))
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.field) == (Reason.BASIS_MISSING, "why")


@pytest.mark.parametrize(
    ("who", "command", "reason"),
    [
        (LI, LOAD, None), (ROOT, LOAD, None), (LI, APPLY, None), (ROOT, APPLY, Reason.FOUR_EYES),
        (requester(ISSUER), LOAD, Reason.POLICY_FORBIDS),
    ],
)  # fmt: skip
def test_an_operator_runs_commands_in_person_only_if_known(
    who: Principal, command: Command, reason: Reason | None
) -> None:
    found = permitted(state_of(), who, command)
    assert isinstance(found, Permit if reason is None else Refusal)
    assert reason is None or (isinstance(found, Refusal) and found.reason is reason)


def test_the_entry_of_a_command_tells_operator_and_reason() -> None:
    done = replace(LOAD, object=ISSUER, subject="citizen_id:1").permit_entry(LI, "ADDED", agency=ISSUER)
    assert done.facts == RegisterFacts("register.agency", "permit", "ADDED", ISSUER, ISSUER, operator="login")
    assert done.opening == ("citizen_id:1", "operator:li", "", "新设机构")
    refusal = Refusal(Reason.INVALID_REQUEST, "wrong")
    gone = LOAD.refusal_entry(Refusal(Reason.REGISTER_IN_DOUBT, "x"), refusal, OnRecord(None), NOBODY)
    assert gone.facts == RegisterFacts("register.agency", "deny", "INVALID_REQUEST")
    assert gone.opening.officer == ""
    searched = replace(LOAD, request='{"reason": "x"}').permit_entry(ROOT, "ADDED")
    assert (searched.facts.operator, searched.opening.request) == ("account", '{"reason": "x"}')  # type: ignore[union-attr]


def test_a_command_has_a_kind_of_entry_that_there_is() -> None:
    with pytest.raises(AssertionError, match="family"):
        replace(LOAD, kind="nothing").permit_entry(LI, "ADDED")


def test_a_command_on_a_seal_is_denied_in_the_words_of_the_seal() -> None:
    seal = Seal("1", ISSUER, SealKind.OFFICIAL, "章", SealState.APPLIED, applied_by=LI.id)
    approve = Command("seal.approve", "register.seal", "材料齐全", target=SealTarget(seal, LI.id))
    refused = authorize(state_of(), LI, approve)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.FOUR_EYES
