"""Tests of people on record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registry.agencies import Duty
from registry.errors import RuleError
from registry.parsing import parse
from registry.people import TRANSITIONS, Person, PersonChange, PersonState
from registry.transitions import IllegalTransitionError

VALUES = {
    "id": "p-1",
    "agency": "113205000000140157",
    "number": "0301",
    "name": "周洁",
    "duties": ["request", "approve"],
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def person(**changed: Any) -> Person:
    return parse(Person, VALUES | changed, "person")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"duties": []}, "duties: at least one is required"),
        ({"duties": ["administer", "audit"]}, "duties: administer, audit and operate are duties of different people"),
        ({"duties": ["request", "request"]}, "duties: each at most once"),
        ({"duties": ["rule"]}, "duties"),
        ({"agency": "113205000000140158"}, "agency"),
        ({"number": ""}, "number"),
        ({"name": "周\t洁"}, "name"),
        ({"subject": "s"}, "subject: goes with an issuer"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(RuleError, match=rule):
        person(**changed)


def test_a_deputy_has_the_duties_from_a_time_until_another() -> None:
    named = person(deputy="p-2", deputy_from=NOW, deputy_to=NOW + timedelta(days=1))
    assert named.is_deputy("p-2", NOW)
    assert not named.is_deputy("p-3", NOW)
    assert not named.is_deputy("p-2", NOW - timedelta(seconds=1))
    assert not named.is_deputy("p-2", NOW + timedelta(days=1))
    assert not person().is_deputy("p-2", NOW)
    assert not person(state="suspended", deputy="p-2", deputy_from=NOW, deputy_to=NOW).is_deputy("p-2", NOW)
    assert Duty.APPROVE in named.duties


def test_who_left_does_not_come_back() -> None:
    assert TRANSITIONS.after(PersonChange.LEAVE, PersonState.SUSPENDED) is PersonState.LEFT
    for change in PersonChange:
        with pytest.raises(IllegalTransitionError):
            TRANSITIONS.after(change, PersonState.LEFT)
