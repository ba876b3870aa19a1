"""Tests of grants: each part of one is needed, and any error in a policy is a denial."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.acts import authorization
from exchange.acts.authorization import Authorizer
from exchange.acts.perform import permitted
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from exchange.pki.agency_seals import AgencySeals
from exchange.query.access import GRANTS
from exchange.query.asking import Asking
from exchange.query.question import Question
from registry.agencies import Agency, Duty, System
from registry.basis import Basis
from registry.catalogue import Dataset, Field, Sharing
from registry.claims import Claim, Operator
from registry.grants import Grant, by_party
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode, Requirement
from registry.register import Register

POLICE, DESK = "113205000000140157", "113205000000140825"
DATASET = Dataset(
    "d",
    "数据",
    "Data",
    POLICE,
    Sharing.CONDITIONAL,
    (SubjectKind.CITIZEN_ID,),
    "daily",
    (Field("name", "姓名", "Name"),),
)
MATTER = Matter("m", "事项", "Matter", DESK, (
    Requirement("r", "证", "Proof", "依据", "x", "y", "d", claims=(Claim("name", Operator.EXISTS),)),))  # fmt: skip
GRANT = Grant(
    "g", DESK, "d", ("name",), (Mode.VERIFY,), ("m",), "依据", datetime(2026, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC)
)  # fmt: skip
REQUESTER = Requester(Agency(DESK, "审批局", "320500"), System("desk", DESK, "受理"))
QUESTION = Question(
    Mode.VERIFY, Basis("m", "c", "依据", "o"), "d", SubjectKind.CITIZEN_ID, ("11010519491231002X",),
    claims=(Claim("name", Operator.EXISTS),),
)  # fmt: skip


def decide(
    grant: Grant = GRANT, *more: Grant, matter: Matter = MATTER, dataset: Dataset = DATASET, by: Requester = REQUESTER
) -> Permit[Asking] | Refusal:
    register = Register(
        {DESK: REQUESTER.agency}, datasets={"d": dataset}, matters={"m": matter}, grants=by_party([grant, *more])
    )
    authorizer = Authorizer(register, {"Dataset": GRANTS})
    state = NodeState(register, authorizer, AgencySeals(register, {}, b""))  # type: ignore[arg-type]  # nothing is sealed
    return permitted(state, by, Asking(QUESTION))


def test_a_grant_permits() -> None:
    found = decide()
    assert isinstance(found, Permit)
    assert found.policies == {"grant:g"}
    assert found.rows == (GRANT,)


def test_all_grants_that_permit_a_question_are_in_its_permit() -> None:
    other = replace(GRANT, id="h", clear_fields=("name",))
    found = decide(GRANT, other)
    assert isinstance(found, Permit)
    assert (found.rows, found.policies) == ((GRANT, other), {"grant:g", "grant:h"})


def test_a_grant_is_no_permit_for_what_the_policies_forbid() -> None:
    found = decide(by=Requester(REQUESTER.agency, System("audit", DESK, "审计", Duty.AUDIT)))
    assert isinstance(found, Refusal)
    assert found.reason is Reason.DUTY_MISSING


LATER, BEFORE = datetime(2095, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
NEED = MATTER.requirements[0]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"matter": replace(MATTER, requirements=(replace(NEED, dataset="other"),))}, Reason.MATTER_WITHOUT_DATASET),
        ({"matter": replace(MATTER, requirements=(replace(NEED, legal_basis="别的"),))}, Reason.LEGAL_BASIS_MISMATCH),
        ({"dataset": replace(DATASET, sharing=Sharing.WITHHELD)}, Reason.DATASET_WITHHELD),
        ({"grant": replace(GRANT, agency=POLICE)}, Reason.NO_GRANT),
        ({"grant": replace(GRANT, valid_from=LATER)}, Reason.GRANT_NOT_IN_FORCE),
        ({"grant": replace(GRANT, valid_to=BEFORE)}, Reason.GRANT_NOT_IN_FORCE),
        ({"grant": replace(GRANT, matters=("other",))}, Reason.MATTER_NOT_GRANTED),
        ({"grant": replace(GRANT, legal_basis="别的")}, Reason.MATTER_NOT_GRANTED),
        ({"grant": replace(GRANT, modes=(Mode.QUERY,))}, Reason.MODE_NOT_GRANTED),
        ({"grant": replace(GRANT, fields=("other",))}, Reason.FIELD_NOT_GRANTED),
    ],
)
def test_a_question_that_lacks_one_condition_is_denied(changed: dict[str, Any], expected: Reason) -> None:
    found = decide(**changed)
    assert isinstance(found, Refusal)
    assert found.reason is expected


def test_a_grant_that_lacks_one_condition_does_not_permit_beside_another() -> None:
    for at, changed in enumerate(({"modes": (Mode.QUERY,)}, {"fields": ("other",)}, {"valid_from": LATER})):
        found = decide(GRANT, replace(GRANT, id=f"h{at}", **changed))  # type: ignore[arg-type]
        assert isinstance(found, Permit)
        assert found.rows == (GRANT,)


@pytest.mark.parametrize(
    "policy",
    [
        "forbid (principal, action, resource) when { context.now * 9223372036854775807 > 0 };",  # evaluating it overflows
        "permit (principal, action, resource) when { context.now * 9223372036854775807 > 0 };",
        "permit (principal, action, resource) when { context.nothing };",  # not as the schema has it
        "permit (",
    ],
)
def test_a_policy_that_cannot_be_evaluated_permits_nothing(monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    standing = authorization.standing()
    monkeypatch.setattr(authorization, "standing", lambda: f'{standing}\n@id("odd")\n{policy}')
    found = decide()
    assert isinstance(found, Refusal)
    assert found.reason is Reason.POLICY_FORBIDS
