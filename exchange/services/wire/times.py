"""Times as messages carry them: ``google.protobuf.Timestamp``, unset where there is none."""

from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def time_message(at: datetime | None) -> Timestamp | None:
    """A time as messages carry it; naive ones are in UTC."""
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message


def time_of(message: Message, field: str) -> datetime | None:
    """The time in a field of a message, in UTC; None where it is unset.

    Raises:
        ValueError: a time that is not of the years 1 to 9999.
    """
    if not message.HasField(field):
        return None
    found: Timestamp = getattr(message, field)
    try:
        return found.ToDatetime(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("not a time of the years 1 to 9999") from error
