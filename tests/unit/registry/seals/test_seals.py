"""Tests of seals: permitted changes, target kinds, and rules of use."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registry.errors import RuleError
from registry.seals.kinds import KINDS, SealKind, TargetKind
from registry.seals.rules import SealRule, check_rule
from registry.seals.seal import Application, Seal, check_application, seal_for
from registry.seals.states import STATE_NAMES, TRANSITIONS, SealChange, SealState
from registry.transitions import IllegalTransitionError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AGENCY = "113205000000140900"
RULE = {
    "id": "r", "seal": "1", "systems": ("desk",), "target_kinds": (TargetKind.FILE,), "matters": ("m",), "valid_from": NOW,
    "valid_to": NOW + timedelta(days=1),
}  # fmt: skip


@pytest.mark.parametrize("change", list(SealChange))
@pytest.mark.parametrize("state", list(SealState))
def test_changes_outside_the_table_are_refused(change: SealChange, state: SealState) -> None:
    before, after = TRANSITIONS.table[change]
    if state in before:
        assert TRANSITIONS.after(change, state) is after
    else:
        with pytest.raises(IllegalTransitionError, match="seal:"):
            TRANSITIONS.after(change, state)


def test_nothing_leads_out_of_the_end_and_every_state_has_a_name() -> None:
    ends = {SealState.DESTROYED, SealState.REFUSED}
    assert not any(before & ends for before, _ in TRANSITIONS.table.values())
    assert set(STATE_NAMES) == set(SealState)
    assert set(KINDS) == set(SealKind)


def seal(number: int, kind: SealKind) -> Seal:
    return Seal(str(number), AGENCY, kind, "章", SealState.ACTIVE)


def test_only_the_license_seal_seals_licenses_once_there_was_one() -> None:
    exchange, license_, newer = seal(1, SealKind.EXCHANGE), seal(2, SealKind.LICENSE), seal(3, SealKind.LICENSE)
    made = {(AGENCY, SealKind.EXCHANGE), (AGENCY, SealKind.LICENSE)}
    assert seal_for([license_, exchange, newer], made, AGENCY, TargetKind.LICENSE) is newer
    assert seal_for([exchange], {(AGENCY, SealKind.EXCHANGE)}, AGENCY, TargetKind.LICENSE) is exchange
    assert seal_for([exchange], made, AGENCY, TargetKind.LICENSE) is None
    assert seal_for([exchange], made, AGENCY, TargetKind.STATUS_LIST) is exchange
    assert seal_for([license_, seal(4, SealKind.OFFICIAL)], made, AGENCY, TargetKind.ANSWER) is None
    assert seal_for([exchange], made, "another", TargetKind.ANSWER) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"systems": ()}, "systems"),
        ({"target_kinds": ()}, "target_kinds"),
        ({"matters": ()}, "matters"),
        ({"valid_to": NOW}, "valid_to"),
        ({"valid_from": datetime(2026, 1, 1)}, "valid_from"),
        ({"daily_limit": 0}, "daily_limit"),
        ({"total_limit": -1}, "total_limit"),
    ],
)
def test_the_rule_that_a_rule_of_use_breaks_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleError) as caught:
        SealRule(**RULE | changed)
    assert caught.value.field == field


def test_a_rule_fits_its_seal() -> None:
    rule = SealRule(**RULE)
    check_rule(rule, SealKind.CONTRACT)
    with pytest.raises(RuleError, match="may not be put on: file"):
        check_rule(rule, SealKind.LICENSE)
    with pytest.raises(RuleError, match="not on record"):
        check_rule(rule, None)


def test_a_seal_without_a_name_has_those_of_agency_and_kind() -> None:
    for kind, name in ((SealKind.OFFICIAL, "某市某局"), (SealKind.EXCHANGE, "某市某局数据共享专用章")):
        assert check_application(Application(AGENCY, kind, " ", custodian="周"), "某市某局").name == name


def test_a_name_seal_bears_a_name_and_no_other_does() -> None:
    good = Application(AGENCY, SealKind.REPRESENTATIVE, "法定代表人名章", "欧阳建国", custodian="周")
    assert check_application(good, "某市某局") == good
    with pytest.raises(RuleError, match="name is required on a name seal"):
        check_application(replace(good, holder=" "), "某市某局")
    with pytest.raises(RuleError, match="only a name seal"):
        check_application(replace(good, kind=SealKind.OFFICIAL), "某市某局")
