"""The base class of services of administration."""

from collections.abc import Sequence
from typing import Any, TypeVar

from google.protobuf.message import Message
from yici.registry.v1 import admin_pb2

from exchange.acts.road import Road
from exchange.admin.desk import Desk
from exchange.services.servicer import ActServicer
from exchange.services.wire.shapes import to_message
from exchange.settings import Limits
from registry.items import Stored

M = TypeVar("M", bound=Message)


class AdminServicer(ActServicer):
    """Base class of services whose acts are done at a desk."""

    def __init__(self, road: Road, limits: Limits, desk: Desk) -> None:
        super().__init__(road, limits)
        self._desk = desk


def item_message(stored: Stored, shape: type[M], **more: Any) -> M:
    """Return a stored row as a message: columns, body, ``etag``, ``state`` and ``create_time``."""
    body = stored.body if isinstance(stored.body, dict) else {}
    own = {"id": stored.id, "etag": stored.etag, "state": stored.state or None, "create_time": stored.since}
    return to_message({**body, **stored.columns, **own, **more}, shape)


def differences(found: Sequence[str]) -> list[admin_pb2.Difference]:
    """Return what a change makes different, as messages."""
    return [admin_pb2.Difference(text=text) for text in found]
