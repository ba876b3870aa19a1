"""Encoding of messages to a node, and the meaning of values from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from google.protobuf.message import Message

from exchange.errors import ExchangeError
from exchange.services.wire.times import time_of

_Meant = TypeVar("_Meant")


def serialize(message: Message) -> bytes:
    """Return the bytes sent to the node, to whose digest an answer is bound."""
    return message.SerializeToString(deterministic=True)


def understood(response: _Meant | None) -> _Meant:
    """Return a node's message; gRPC gives None for bytes of another type.

    Raises:
        ExchangeError: there is none.
    """
    if response is None:
        raise ExchangeError("DATA_LOSS", "MALFORMED_ANSWER", "what came back is no message of this call")
    return response


def known(table: Mapping[int, _Meant], number: int, field: str) -> _Meant:
    """Return the meaning of a number in a node's message.

    Raises:
        ExchangeError: the number is unknown.
    """
    if number not in table:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", f"{field}: number {number} means nothing here")
    return table[number]


def time_in(message: Message, field: str) -> datetime | None:
    """Return the time in a field of a node's message; None if unset.

    Raises:
        ExchangeError: the time is invalid.
    """
    try:
        return time_of(message, field)
    except ValueError as error:
        raise ExchangeError("DATA_LOSS", "UNKNOWN_ANSWER", f"{field}: {error}") from error
