"""Tests of applications: what may be applied for, approved, and granted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from registry.agencies import State
from registry.applications.application import (
    Approval,
    Body,
    NeededField,
    Wish,
    check_approval,
    check_wish,
    is_complete,
)
from registry.applications.deciding import grant_of, overlapping, replaced_by
from registry.applications.states import RUNNING, TRANSITIONS, ApplicationChange, ApplicationState, clock_step
from registry.catalogue import Dataset, Field, Sharing
from registry.claims import Claim, Operator
from registry.errors import RuleError
from registry.grants import Grant
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode, Requirement
from registry.parsing import dump, parse
from registry.transitions import IllegalTransitionError

ASKING, SOURCE, LAW = "113205000000140157", "113205000000140825", "《税收征收管理法》第五十四条"
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
DATASET = Dataset(
    "tax.paid", "完税", "Tax paid", SOURCE, Sharing.CONDITIONAL, (SubjectKind.CITIZEN_ID,), "daily",
    tuple(Field(name, name, name) for name in ("month", "amount", "name")),
)  # fmt: skip
MATTER = Matter(
    "settlement", "落户", "Settlement", ASKING,
    (Requirement("tax", "完税证明", "proof", LAW, "x", "y", "tax.paid", claims=(Claim("amount", Operator.EQ, ("1",)),)),),
)  # fmt: skip
WISH = Wish(
    (NeededField("month", "核对月数"), NeededField("amount", "核对金额")), (Mode.VERIFY, Mode.QUERY), LAW, "落户审核", 100,
    BEGIN, END,
)  # fmt: skip
WHOLE = Approval.whole(WISH)
GRANT = grant_of("gr-1", ASKING, "tax.paid", "settlement", WISH, WHOLE)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"fields": ()}, "fields: 1 to 200 are required"),
        ({"fields": (WISH.fields[0],) * 2}, "fields: each at most once"),
        ({"modes": ()}, "modes: at least one is required"),
        ({"modes": (Mode.QUERY,) * 2}, "modes: each at most once"),
        ({"volume": 0}, "volume: 1 to"),
        ({"valid_from": END}, "valid_to: must be after valid_from"),
        ({"valid_from": BEGIN.replace(tzinfo=None)}, "valid_from: must be a time with its offset"),
    ],
)
def test_a_wish_that_breaks_a_rule_is_refused(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(RuleError, match=rule):
        replace(WISH, **changed)


@pytest.mark.parametrize(
    ("wish", "dataset", "matter", "agency", "rule"),
    [
        (WISH, None, MATTER, ASKING, "dataset: no such dataset"),
        (WISH, DATASET, None, ASKING, "matter: no such matter on record"),
        (WISH, DATASET, MATTER, "113205000000140910", "matter: must be one of the agency that applies"),
        (WISH, replace(DATASET, sharing=Sharing.WITHHELD), MATTER, ASKING, "dataset: tax.paid is withheld"),
        (WISH, replace(DATASET, source=ASKING), MATTER, ASKING, "an agency needs no application for its own"),
        (replace(WISH, fields=(NeededField("income", "x"),)), DATASET, MATTER, ASKING, "no field income in tax.paid"),
    ],
)
def test_a_wish_for_what_is_not_shared_is_refused(
    wish: Wish, dataset: Dataset | None, matter: Matter | None, agency: str, rule: str
) -> None:
    check_wish(WISH, DATASET, MATTER, ASKING)
    with pytest.raises(RuleError, match=rule):
        check_wish(wish, dataset, matter, agency)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"fields": ()}, "fields: at least one"),
        ({"fields": ("month", "name")}, "fields: name is not applied for"),
        ({"modes": ()}, "modes: at least one"),
        ({"clear_fields": ("amount",), "fields": ("month",)}, "clear_fields: must be among fields"),
        ({"daily_quota": 101}, "daily_quota: at most the volume"),
        ({"daily_quota": 0}, "daily_quota: at most the volume"),
        ({"valid_from": BEGIN.replace(year=2025)}, "valid_from: not before what is applied for"),
        ({"valid_to": END.replace(year=2028)}, "valid_to: not after what is applied for"),
    ],
)
def test_more_than_is_applied_for_is_not_approved(changed: dict[str, Any], rule: str) -> None:
    check_approval(WHOLE, WISH, DATASET)
    with pytest.raises(RuleError, match=rule):
        check_approval(replace(WHOLE, **changed), WISH, DATASET)


def test_a_mode_that_is_not_applied_for_is_not_approved() -> None:
    with pytest.raises(RuleError, match="modes: query is not applied for"):
        check_approval(WHOLE, replace(WISH, modes=(Mode.VERIFY,)), DATASET)


def test_a_field_that_the_catalogue_no_longer_has_is_not_approved() -> None:
    with pytest.raises(RuleError, match=r"fields: no field amount in tax\.paid"):
        check_approval(WHOLE, WISH, replace(DATASET, fields=DATASET.fields[:1]))


def test_a_part_of_what_is_applied_for_is_approved() -> None:
    part = replace(
        WHOLE, fields=("amount",), modes=(Mode.VERIFY,), daily_quota=10, valid_to=datetime(2026, 7, 1, tzinfo=UTC),
        clear_fields=("amount",),
    )  # fmt: skip
    check_approval(part, WISH, DATASET)
    grant = grant_of("gr-2", ASKING, "tax.paid", "settlement", WISH, part)
    assert (grant.fields, grant.modes, grant.daily_quota) == (("amount",), (Mode.VERIFY,), 10)
    assert (grant.valid_from, grant.valid_to, grant.clear_fields) == (BEGIN, part.valid_to, ("amount",))
    assert (grant.agency, grant.dataset, grant.matters, grant.legal_basis) == (ASKING, "tax.paid", ("settlement",), LAW)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, True),
        ({"id": "gr-1"}, False),
        ({"state": State.REVOKED}, False),
        ({"agency": SOURCE}, False),
        ({"dataset": "tax.due"}, False),
        ({"matters": ("other",)}, False),
        ({"matters": ("other", "settlement")}, True),
        ({"modes": (Mode.QUERY,)}, True),
        ({"fields": ("name",), "clear_fields": ()}, False),
        ({"valid_from": END, "valid_to": END.replace(year=2028)}, False),
        ({"valid_from": BEGIN.replace(year=2025), "valid_to": BEGIN}, False),
        ({"valid_from": BEGIN.replace(year=2025), "valid_to": BEGIN.replace(day=2)}, True),
    ],
)
def test_grants_overlap_that_permit_some_of_the_same(changed: dict[str, Any], *, found: bool) -> None:
    other = replace(GRANT, **({"id": "gr-9"} | changed))
    assert overlapping(GRANT, [other]) == ([other] if found else [])


def test_modes_of_which_none_is_common_do_not_overlap() -> None:
    verify, query = (replace(GRANT, id=mode.value, modes=(mode,)) for mode in Mode)
    assert overlapping(verify, [query]) == []


def test_an_overlapping_grant_is_named_unless_it_is_replaced() -> None:
    first, second = (replace(GRANT, id=name) for name in ("gr-8", "gr-9"))
    with pytest.raises(RuleError, match="replaces: overlaps gr-8, gr-9; name them to replace them"):
        replaced_by(GRANT, [second, first], ())
    with pytest.raises(RuleError, match="replaces: overlaps gr-9;"):
        replaced_by(GRANT, [second, first], ("gr-8",))
    with pytest.raises(RuleError, match="replaces: does not overlap gr-7"):
        replaced_by(GRANT, [first], ("gr-8", "gr-7"))
    assert replaced_by(GRANT, [second, first], ("gr-9", "gr-8")) == [first, second]


@pytest.mark.parametrize(
    ("dataset", "wish", "complete"),
    [
        (replace(DATASET, sharing=Sharing.UNCONDITIONAL), WISH, True),
        (DATASET, WISH, False),
        (replace(DATASET, sharing=Sharing.UNCONDITIONAL), replace(WISH, legal_basis="《统计法》"), False),
        (replace(DATASET, sharing=Sharing.UNCONDITIONAL, id="tax.due"), WISH, False),
    ],
)
def test_unconditional_data_is_granted_on_the_legal_basis_of_the_matter(
    dataset: Dataset, wish: Wish, *, complete: bool
) -> None:
    assert is_complete(wish, dataset, MATTER) is complete


def test_a_body_is_read_as_it_was_written() -> None:
    body = Body(WISH, ("p-1",), approval=WHOLE, grant="gr-1").noted(ApplicationChange.ASK, "p-2", "为何需要金额")
    assert parse(Body, dump(body), "application") == body


def test_each_change_leads_from_its_states_alone() -> None:
    for change, (before, after) in TRANSITIONS.table.items():
        for state in ApplicationState:
            if state in before:
                assert TRANSITIONS.after(change, state) is after
            else:
                with pytest.raises(IllegalTransitionError, match=change.value):
                    TRANSITIONS.after(change, state)


def test_the_clock_runs_in_the_states_that_wait_for_the_source() -> None:
    steps = {}
    for change, (states, after) in TRANSITIONS.table.items():
        for before in states:
            steps[change, before] = step = clock_step(change, before)
            assert (after in RUNNING) is (step in ("start", "pause", "resume")), change
            assert (step in ("pause", "resume", "stop")) is (before in RUNNING), change
    assert steps[ApplicationChange.ASK, ApplicationState.SUBMITTED] == "pause"
    assert steps[ApplicationChange.SUPPLY, ApplicationState.ASKED] == "resume"
    assert steps[ApplicationChange.WITHDRAW, ApplicationState.DRAFT] == ""


def test_a_grant_of_an_approval_is_one_of_the_register() -> None:
    assert isinstance(GRANT, Grant)
    assert GRANT.daily_quota == WISH.volume
