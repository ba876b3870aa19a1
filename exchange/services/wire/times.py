"""Conversion of times to and from ``google.protobuf.Timestamp``; unset fields are None."""

from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def time_message(at: datetime | None) -> Timestamp | None:
    """Return a time as a message; naive times are in UTC."""
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message


def time_of(message: Message, field: str) -> datetime | None:
    """Return the time in a field of a message, in UTC; None if unset.

    Raises:
        ValueError: the time is outside the years 1 to 9999.
    """
    if not message.HasField(field):
        return None
    stamp: Timestamp = getattr(message, field)
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("not a time of the years 1 to 9999") from error
