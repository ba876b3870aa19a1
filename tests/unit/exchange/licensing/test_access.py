"""Tests of policies for licenses, types and codes: each act is permitted to its agencies only."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.acts.perform import permitted
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.licensing.access import over_code, over_license, over_type, shown_whole
from exchange.licensing.lookup import CurrentState
from registry.catalogue import Sharing
from registry.grants import Grant, by_party
from registry.licenses.codes import Code, CodeState, CodeUse
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import License
from registry.licenses.states import LicenseState
from registry.matters import Mode
from tests.support.permitting import (
    BASIS,
    GRANTED,
    ISSUER,
    KEEPER,
    LAW,
    STRANGER,
    SUPERVISOR,
    permit,
    reason,
    requester,
    state_of,
)
from tests.support.sealing import KIND

TYPE = replace(KIND, source=KEEPER, issuers=(ISSUER,), supervisor=SUPERVISOR)
WITHHELD = replace(TYPE, sharing=Sharing.WITHHELD)
ALL = {ISSUER, KEEPER, SUPERVISOR, GRANTED, STRANGER}
OWN = {ISSUER, KEEPER, SUPERVISOR}
FOUND = CurrentState("1.2.156.3005.2.x", "ab" * 32, TYPE.id, ISSUER, LicenseState.VALID, ())
LICENSE = {
    "supersede": {ISSUER}, "review": {ISSUER}, "activate": {ISSUER}, "cancel": {ISSUER}, "suspend": {ISSUER, SUPERVISOR},
    "resume": {ISSUER, SUPERVISOR}, "revoke": {ISSUER, SUPERVISOR}, "annotate": {ISSUER, SUPERVISOR},
    "read": {ISSUER, SUPERVISOR}, "print": {ISSUER, KEEPER},
    "link": {*OWN, GRANTED}, "download": {*OWN, GRANTED}, "compare": {*OWN, GRANTED}, "check": ALL, "redeem": ALL,
}  # fmt: skip
TYPES = {
    "issue": {ISSUER}, "supersede": {ISSUER}, "review": {ISSUER}, "verify_facts": ALL,
    "watch": {*OWN, GRANTED}, "watch_holders": OWN,
}  # fmt: skip
SHARING = {"link", "download", "compare", "redeem", "verify_facts", "watch", "watch_holders"}
BY_FIELDS = {"link", "download", "compare"}


def grant(**changed: object) -> Grant:
    always = Grant(
        "g", GRANTED, TYPE.dataset_id, tuple(shown_whole(TYPE)), (Mode.QUERY,), ("m",), LAW,
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return replace(always, **changed)  # type: ignore[arg-type]


def over(name: str, agency: str, kind: object = TYPE, held: Grant | None = None) -> str:
    """Return why an agency may not act on the license; empty if it may."""
    state = state_of(license_types={TYPE.id: kind}, grants=by_party([held or grant()]))
    act = RegisterAct(name, BASIS, TYPE.id)
    return reason(over_license(permit(state, agency, act), FOUND, shown_whole if name in BY_FIELDS else None))


def over_its_type(name: str, agency: str, kind: object = TYPE, held: Grant | None = None) -> str:
    """Return why an agency may not act on the type; empty if it may."""
    state = state_of(license_types={TYPE.id: kind}, grants=by_party([held or grant()]))
    act = RegisterAct(name, BASIS, TYPE.id)
    return reason(over_type(permit(state, agency, act), TYPE.id, "", () if name.startswith("watch") else None))


@pytest.mark.parametrize("agency", sorted(ALL))
@pytest.mark.parametrize("name", LICENSE)
def test_an_act_with_a_license_is_for_some_agencies_alone(name: str, agency: str) -> None:
    refused = "NO_GRANT" if name in BY_FIELDS else "NOT_THE_ISSUER"
    assert over(name, agency) == ("" if agency in LICENSE[name] else refused)
    withheld = "DATASET_WITHHELD" if name in SHARING and agency not in OWN else over(name, agency)
    assert over(name, agency, WITHHELD) == withheld


@pytest.mark.parametrize("agency", sorted(ALL))
@pytest.mark.parametrize("name", TYPES)
def test_an_act_with_a_license_type_is_for_some_agencies_alone(name: str, agency: str) -> None:
    refused = "NO_GRANT" if name.startswith("watch") else "NOT_THE_ISSUER"
    assert over_its_type(name, agency) == ("" if agency in TYPES[name] else refused)
    withheld = "DATASET_WITHHELD" if name in SHARING and agency not in OWN else over_its_type(name, agency)
    assert over_its_type(name, agency, WITHHELD) == withheld


@pytest.mark.parametrize(
    ("held", "link", "compare"),
    [
        (grant(), "", ""),
        (grant(modes=(Mode.VERIFY,)), "NO_GRANT", ""),
        (grant(fields=("sex",)), "NO_GRANT", "NO_GRANT"),
        (grant(matters=("other",)), "NO_GRANT", "NO_GRANT"),
        (grant(legal_basis="别的"), "NO_GRANT", "NO_GRANT"),
        (grant(valid_to=datetime(2026, 1, 2, tzinfo=UTC)), "NO_GRANT", "NO_GRANT"),
        (grant(agency=STRANGER), "NO_GRANT", "NO_GRANT"),
    ],
)
def test_a_grant_counts_for_a_license_as_for_its_dataset(held: Grant, link: str, compare: str) -> None:
    assert (over("link", GRANTED, held=held), over("compare", GRANTED, held=held)) == (link, compare)
    assert over("download", GRANTED, held=held) == link


HOLDER = "110101199003078515"


def held_by(code: str) -> License:
    return License(
        FOUND.identifier, TYPE.id, 1, "1", ISSUER, "r", 1, (Holder(HolderKind.CITIZEN_ID, code, "某人"),), {},
        date(2026, 1, 1), None, datetime(2026, 1, 1, tzinfo=UTC), LicenseState.VALID, 1, 1, 1, "", FOUND.digest,
    )  # fmt: skip


@pytest.mark.parametrize("agency", sorted(ALL))
@pytest.mark.parametrize(
    ("code", "expected"),
    [(HOLDER, ""), (f" {HOLDER} ", ""), ("110101199003072658", "LICENSE_UNKNOWN"), ("", "LICENSE_UNKNOWN")],
)
def test_a_license_is_presented_for_its_own_holder_alone(agency: str, code: str, expected: str) -> None:
    at_all = permit(state_of(license_types={TYPE.id: TYPE}), agency, RegisterAct("present", BASIS, TYPE.id))
    found = reason(over_license(at_all, held_by(HOLDER), holder=code))
    assert found == (expected or ("" if agency in {ISSUER, KEEPER} else "NOT_THE_ISSUER"))


def test_a_license_is_presented_for_no_other_kind_of_code() -> None:
    at_all = permit(state_of(license_types={TYPE.id: TYPE}), ISSUER, RegisterAct("present", BASIS, TYPE.id))
    other = replace(held_by(HOLDER), holders=(Holder(HolderKind.USCC, HOLDER, "某公司"),))
    assert reason(over_license(at_all, other, holder=HOLDER)) == "LICENSE_UNKNOWN"
    assert reason(over_license(at_all, held_by(HOLDER))) == "LICENSE_UNKNOWN"


def test_a_type_that_is_not_on_record_permits_nothing() -> None:
    at_all = permit(state_of(), ISSUER, RegisterAct("read", BASIS))
    assert reason(over_license(at_all, FOUND)) == "LICENSE_TYPE_UNKNOWN"
    assert reason(over_type(at_all, TYPE.id)) == "LICENSE_TYPE_UNKNOWN"


@pytest.mark.parametrize("state", list(CodeState))
@pytest.mark.parametrize("use", list(CodeUse))
def test_a_code_is_good_for_its_use_and_while_it_is_open(use: CodeUse, state: CodeState) -> None:
    code = Code(use, state, (FOUND.identifier,), "用途", "portal", {})
    for name, good in (("redeem", CodeUse.PRESENTATION), ("download", CodeUse.DOWNLOAD)):
        found = reason(over_code(permit(state_of(), STRANGER, RegisterAct(name, BASIS)), code))
        assert found == ("" if (use, state) == (good, CodeState.OPEN) else "CODE_UNKNOWN")


def test_a_download_is_for_bearers_alone_and_they_do_nothing_else() -> None:
    for name, bearer in (("download", False), ("link", True), ("read", True)):
        refused = permitted(state_of(), requester(ISSUER, bearer=bearer), RegisterAct(name, BASIS))
        assert isinstance(refused, Refusal), name
        assert refused.reason.name == "POLICY_FORBIDS"
