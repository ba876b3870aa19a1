"""Tests of the authorizer's cache, and of policies as text."""

import pytest

from exchange.acts import authorization
from exchange.acts.authorization import Resource
from exchange.acts.permit import Permit, authorize
from exchange.acts.plain_act import PlainAct
from tests.support.permitting import ISSUER, requester, state_of


def test_only_so_many_decisions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorization, "_MAX_KEPT", 1)
    node, who = state_of(), requester(ISSUER)
    for name in ("get_matter", "list_matters", "get_matter"):
        assert isinstance(authorize(node, who, PlainAct("catalogue", name)), Permit)
        assert len(node.authorizer._kept) == 1


def test_the_policies_of_a_resource_are_told_as_text() -> None:
    assert "guardrail:duty:request" in state_of().authorizer.text(Resource("Register", "license"))
