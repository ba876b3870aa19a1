"""A route is served if it is public, or an act with a Cedar action."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from exchange.node import http
from exchange.node.http import ACTIONS, PUBLIC, make_app


def test_every_route_is_public_or_an_act() -> None:
    routes: Any = make_app(MagicMock(), 1.0).routes
    assert sorted(route.path for route in routes) == sorted([*PUBLIC, *ACTIONS])


def test_a_route_that_is_neither_public_nor_an_act_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ACTIONS", {"/download/{code}": "license.give_away"})
    with pytest.raises(LookupError, match="/download"):
        make_app(MagicMock(), 1.0)
