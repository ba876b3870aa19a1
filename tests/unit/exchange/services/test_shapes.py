"""Tests of conversion between objects and messages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from yici.registry.v1 import admin_pb2, agency_pb2

from exchange.services.wire.shapes import data_of, from_message, to_message
from registry.agencies import State
from registry.errors import RuleError

NOW = datetime(2026, 3, 1, 8, 0, 0, 123000, UTC)


@dataclass(frozen=True, slots=True)
class View:
    id: str
    state: State
    create_time: datetime | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    agencies: tuple[View, ...] = ()
    next_page_token: str = ""


class _Other(StrEnum):
    LOST = "lost"


def test_an_object_is_a_message_of_the_same_names_and_back() -> None:
    view = View("113205000000140157", State.SUSPENDED, NOW, "局")
    message = to_message(view, agency_pb2.Agency)
    assert message.state == agency_pb2.AGENCY_STATE_SUSPENDED
    assert from_message(message, View) == view
    assert from_message(to_message(Page((view,), "t"), agency_pb2.ListAgenciesResponse), Page) == Page((view,), "t")


def test_a_mapping_is_a_message_with_what_it_has() -> None:
    message = to_message({"fingerprint": "ab", "revoke_time": None, "other": 1}, admin_pb2.Certificate)
    assert data_of(message) == {"fingerprint": "ab"}


def test_what_is_unset_is_the_default() -> None:
    assert from_message(agency_pb2.Agency(id="1", state=1), View) == View("1", State.ACTIVE)


def test_values_that_the_wire_does_not_know_are_refused() -> None:
    with pytest.raises(KeyError):
        to_message({"state": _Other.LOST}, agency_pb2.Agency)
    with pytest.raises(RuleError, match="state: must be a value of its enum"):
        data_of(agency_pb2.Agency(state=77))  # type: ignore[arg-type]
    late = agency_pb2.Agency()
    late.create_time.seconds = 10**15
    with pytest.raises(RuleError, match="create_time: must be a time"):
        data_of(late)
