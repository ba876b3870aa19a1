"""Tests of the node's states, one for each reading of the registers."""

from types import SimpleNamespace
from typing import Any

import pytest

from exchange.acts.state import IN_DOUBT
from exchange.node.wiring import state
from exchange.node.wiring.state import state_of
from registry.register import Register


@pytest.mark.parametrize(
    ("changed", "kept"), [("grant", "kept"), ("matter", "kept"), ("seal", ""), ("certificate", "")]
)
def test_a_state_keeps_the_seals_of_the_one_before_unless_they_changed(
    monkeypatch: pytest.MonkeyPatch, changed: str, kept: str
) -> None:
    monkeypatch.setattr(state, "issuing_der", lambda _: b"")
    vault: Any = SimpleNamespace(store={})
    before = state_of(Register(), vault)
    register = Register(changed=frozenset({changed}))
    after = state_of(register, vault, before)
    assert (after.seals is before.seals, after.register is register) == (bool(kept), True)
    assert state_of(register, vault, IN_DOUBT).seals is not before.seals
