"""How workers and the ledger writer talk: length-prefixed frames over a socket that only this account can open.

A frame holds plain values (texts, bytes, integers, tuples, lists) as the standard library's ``marshal`` writes them,
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
    """One end of a connection. ``took`` is called for each frame that arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    @abstractmethod
    def took(self, frame: Any) -> None:
        """What to do with a frame."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # a stream's can be written to

    def data_received(self, data: bytes) -> None:
        """Hand on every frame that is complete."""
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
            self.took(marshal.loads(bytes(buffer[begin:end])))  # noqa: S302  # see above: no code, and a private socket
            at = end
        del buffer[:at]

    def send(self, frame: Any) -> None:
        """Send a frame.

        Raises:
            ValueError: it holds what is no plain value, or is longer than the other end takes.
        """
        data = marshal.dumps(frame)
        if len(data) > _MAX_FRAME:
            raise ValueError(f"frame: longer than {_MAX_FRAME} bytes")
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_LENGTH.pack(len(data)) + data)

    def hang_up(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()


def encode_draft(draft: Draft) -> tuple[Any, ...]:
    """An entry as plain values."""
    opening = draft.opening
    opened = (opening.subject, opening.officer, opening.case, opening.request)
    return draft.data, draft.salts, draft.columns, opened, draft.pseudonyms


def decode_draft(values: tuple[Any, ...]) -> Draft:
    """An entry from what ``encode_draft`` made of it."""
    data, salts, columns, opened, pseudonyms = values
    return Draft(data, salts, columns, Opening(*opened), pseudonyms)


def encode_fault(error: LedgerError) -> tuple[str, str]:
    """A failure as plain values: its kind and its text."""
    return type(error).__name__, str(error)


def decode_fault(fault: tuple[str, str]) -> LedgerError:
    """A failure from what ``encode_fault`` made of it."""
    kind, text = fault
    return _FAULTS.get(kind, LedgerError)(text)
