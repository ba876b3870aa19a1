"""Tests of the authorizer's cache, of what decisions are made by, and of the schema's part in them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import cedarpy
import pytest

from exchange.acts import authorization
from exchange.acts.authorization import Resource
from exchange.acts.cedar import Entities, concerning
from exchange.acts.permit import Permit, authorize
from exchange.acts.plain_act import PlainAct
from exchange.acts.policies import standing
from registry.grants import Grant, by_party
from registry.matters import Mode
from tests.support.permitting import GRANTED, ISSUER, LAW, STRANGER, requester, state_of

CONTEXT = {"fields": ["number"], "matter": "m", "legal_basis": LAW}


def test_only_so_many_decisions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorization, "_MAX_KEPT", 1)
    node, who = state_of(), requester(ISSUER)
    for name in ("get_matter", "list_matters", "get_matter"):
        assert isinstance(authorize(node, who, PlainAct("catalogue", name)), Permit)
        assert len(node.authorizer._kept) == 1


def test_a_digest_is_that_of_the_policies_and_rows_told_as_text() -> None:
    held = Grant(
        "g", GRANTED, "d", ("number",), (Mode.VERIFY,), ("m",), LAW,
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    authorizer = state_of(grants=by_party([held, replace(held, id="h", agency=STRANGER)])).authorizer
    dataset, digests = Resource("Dataset", "d", {"sharing": "conditional"}), {}
    for agency in (GRANTED, STRANGER, ISSUER):
        text = authorizer.text(requester(agency), "verify", dataset)
        assert "guardrail:duty:request" in text
        assert ('"id":"g"' in text, '"id":"h"' in text) == (agency == GRANTED, agency == STRANGER)
        decision = authorizer.decide(requester(agency), "verify", dataset, {**CONTEXT, "matter_needs_dataset": True})
        assert decision.digest == sha256(text.encode()).hexdigest()
        digests[agency] = decision.digest
    assert len(set(digests.values())) == len(digests)


def test_entities_without_the_schema_are_in_no_group_of_actions() -> None:
    """Guardrails of duties need the groups, so ``Entities.of`` is the only way to parsed entities."""
    policy = cedarpy.PolicySet.from_str('permit (principal, action in Action::"requesting", resource);')
    request = {
        "principal": {"type": "System", "id": "s"}, "action": {"type": "Action", "id": "verify"},
        "resource": {"type": "Dataset", "id": "d"},
    }  # fmt: skip
    without = cedarpy.Entities.from_json_str("[]")
    assert not cedarpy.is_authorized({**request, "context": {}}, policy, without).allowed
    assert cedarpy.is_authorized({**request, "context": {}}, policy, Entities.of(b"[]").handle).allowed


@pytest.mark.parametrize(
    ("action", "context"),
    [("verify", CONTEXT), ("verify", {**CONTEXT, "matter_needs_dataset": True, "odd": 1}), ("nothing", CONTEXT)],
    ids=["a name is missing", "a name is not in the schema", "no such action"],
)
def test_a_request_that_is_not_as_the_schema_has_it_is_denied(action: str, context: dict[str, Any]) -> None:
    authorizer, dataset = state_of().authorizer, Resource("Dataset", "d", {"sharing": "conditional"})
    for _ in range(2):
        assert not authorizer.decide(requester(GRANTED), action, dataset, context).allowed


def test_only_systems_ask_and_only_bearers_download() -> None:
    authorizer = state_of().authorizer
    code = Resource("Code", "", {"use": "download", "state": "open"})
    context = {"matter": "m", "legal_basis": LAW, "on_record": True}
    for bearer in (False, True):
        found = authorizer.decide(requester(GRANTED, bearer=bearer), "license.download", code, context)
        assert found.allowed is bearer


def test_policies_read_again_from_json_are_the_same() -> None:
    """Those that concern an act are chosen from JSON."""
    written = cedarpy.policies_to_json_str(standing())
    again = cedarpy.policies_to_json_str(str(cedarpy.PolicySet.from_json_str(written)))
    assert json.loads(again) == json.loads(written)


def test_only_policies_whose_scopes_an_act_is_outside_of_are_left_out() -> None:
    def named(policies: str) -> set[str]:
        found = json.loads(cedarpy.policies_to_json_str(policies))["staticPolicies"]
        return {policy["annotations"]["id"] for policy in found.values()}

    left = named(standing()) - named(str(concerning(standing(), "System", "verify", "Dataset")))
    assert {"guardrail:duty:audit", "license:issuer", "guardrail:withheld:license", "host"} <= left
    of_group = {"grant", "guardrail:duty:request", "guardrail:no-need"}
    assert not left & {*of_group, "guardrail:inactive", "guardrail:no-basis", "guardrail:withheld"}
