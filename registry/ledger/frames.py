"""Messages between workers and ledger writer: length-prefixed frames over a private UNIX socket.

A frame has plain values (texts, bytes, integers, tuples, lists) in the format of the standard library's ``marshal``,
which runs no code when read; both ends are the same program.
"""

import asyncio
import marshal
from abc import ABC, abstractmethod
from struct import Struct
from typing import Any

from registry.errors import LedgerClockError, LedgerDoubtError, LedgerError
from registry.ledger.leaf import Draft, Opening

_LENGTH = Struct(">I")
_MAX_FRAME = 256 * 1024 * 1024
_FAULTS = {kind.__name__: kind for kind in (LedgerError, LedgerDoubtError, LedgerClockError)}


class Frames(asyncio.Protocol, ABC):
    """One end of a connection; ``took`` is called for each received frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    @abstractmethod
    def took(self, frame: Any) -> None:
        """Handle a received frame."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport is writable

    def data_received(self, data: bytes) -> None:
        """Pass each complete frame to ``took``."""
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= _LENGTH.size:
            begin = at + _LENGTH.size
            end = begin + _LENGTH.unpack_from(buffer, at)[0]
            if end - begin > _MAX_FRAME:
                self.hang_up()
                return
            if len(buffer) < end:
                break
            self.took(marshal.loads(bytes(buffer[begin:end])))  # noqa: S302  # runs no code, and the socket is private
            at = end
        del buffer[:at]

    def send(self, frame: Any) -> None:
        """Send a frame.

        Raises:
            ValueError: it has other values, or is longer than the limit.
        """
        data = marshal.dumps(frame)
        if len(data) > _MAX_FRAME:
            raise ValueError(f"frame: longer than {_MAX_FRAME} bytes")
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_LENGTH.pack(len(data)) + data)

    def hang_up(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()


def encode_draft(draft: Draft) -> tuple[Any, ...]:
    """Encode an entry as plain values."""
    opening = draft.opening
    opened = (opening.subject, opening.officer, opening.case, opening.request)
    return draft.data, draft.salts, draft.columns, opened, draft.pseudonyms


def decode_draft(values: tuple[Any, ...]) -> Draft:
    """Decode an entry from the values of ``encode_draft``."""
    data, salts, columns, opened, pseudonyms = values
    return Draft(data, salts, columns, Opening(*opened), pseudonyms)


def encode_fault(error: LedgerError) -> tuple[str, str]:
    """Encode an error as plain values: its kind and its text."""
    return type(error).__name__, str(error)


def decode_fault(fault: tuple[str, str]) -> LedgerError:
    """Decode an error from the values of ``encode_fault``."""
    kind, text = fault
    return _FAULTS.get(kind, LedgerError)(text)
