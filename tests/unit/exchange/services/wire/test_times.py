"""Tests of times in messages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from yici.registry.v1.document_pb2 import Delivery

from exchange.client.messages import time_in
from exchange.errors import ExchangeError
from exchange.services.wire.times import time_message, time_of


def test_a_time_is_the_same_moment_in_utc_after_the_wire() -> None:
    china = datetime(2026, 3, 1, 8, 30, 0, 125_000, tzinfo=timezone(timedelta(hours=8)))
    found = time_of(Delivery(send_time=time_message(china)), "send_time")
    assert (found, found and found.tzinfo) == (china, UTC)


def test_no_time_is_unset() -> None:
    message = Delivery(send_time=time_message(None))
    assert not message.HasField("send_time")
    assert time_of(message, "send_time") is None


@pytest.mark.parametrize("seconds", [2**62, -(2**62), 2**40])
def test_a_time_beyond_all_years_is_refused_by_field(seconds: int) -> None:
    message = Delivery(send_time=Timestamp(seconds=seconds))
    with pytest.raises(ValueError, match=r"years|range"):
        time_of(message, "send_time")
    with pytest.raises(ExchangeError, match="send_time") as caught:
        time_in(message, "send_time")
    assert caught.value.reason == "UNKNOWN_ANSWER"
