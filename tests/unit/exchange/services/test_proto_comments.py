"""Tests of .proto comments: each method has caller, decision and record, in existing terms."""

import re
from pathlib import Path

import pytest

from exchange.acts import policies
from exchange.acts.policies import is_action
from exchange.acts.refusals import Reason
from exchange.licensing import expiry as licenses
from exchange.sealing import expiry as seals
from tests.support.calling import METHODS, actions_of
from tests.support.protos import actions_in, said_of_methods

SCHEMA = (Path(policies.__file__).parent / "yici.cedarschema").read_text(encoding="utf-8")
LATER = {"CONSENT_MISSING", "HURTS_OTHERS", "ITEM_EXISTS", "TOKEN_INVALID"}
"""Reasons of services of administration that are not there yet."""
SAID = said_of_methods()
ACTIONS = {
    name
    for listed in re.findall(r"^action\s+(.*?)\s*(?:in \[|appliesTo|;)", SCHEMA, re.MULTILINE | re.DOTALL)
    for name in re.findall(r"[a-z_.]+", listed)
}


@pytest.mark.parametrize("name", METHODS)
def test_each_method_says_who_calls_what_decides_and_what_is_recorded(name: str) -> None:
    assert list(SAID[name])[:3] == ["Caller", "Decided by", "Recorded"]
    assert all(text.endswith(".") for text in SAID[name].values())


@pytest.mark.parametrize("name", METHODS)
def test_each_method_names_the_cedar_actions_that_it_is_registered_by(name: str) -> None:
    said = actions_in(SAID[name]["Decided by"])
    assert actions_of(name) <= said
    assert all(map(is_action, said))


def test_the_protos_name_each_reason_that_a_caller_gets_and_no_other() -> None:
    text = "".join(path.read_text() for path in (Path(__file__).parents[4] / "protos" / "yici").rglob("*.proto"))
    services = "".join(re.findall(r"((?:^//[^\n]*\n)+service .*?^\})", text, re.MULTILINE | re.DOTALL))
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", services)) & {*Reason.__members__}
    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", services)) <= named
    assert Reason.__members__.keys() - named - LATER == {Reason.CALLER_GONE.name}


def test_each_action_of_the_schema_is_some_methods() -> None:
    named = {action for said in SAID.values() for text in said.values() for action in actions_in(text)}
    # Commands on the host are actions of their own: tests/scenario/test_commands.py
    own = {licenses.EXPIRE.action, seals.EXPIRE.action}  # the node's
    assert {name for name in ACTIONS if "." in name and not name.startswith("command.")} <= named | own
