"""An HTTP/2 client for behaviour of no gRPC client: only headers, resets, or silence."""

import socket
import ssl
import struct
from types import TracebackType
from typing import Self

from exchange.demo.city import City

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADERS, _RESET, _SETTINGS, _GOAWAY = 1, 3, 4, 7
_END_HEADERS, _ACK = 4, 1


class Heedless:
    """A TLS connection of a system to a node."""

    def __init__(self, city: City, system: str = "audit-desk") -> None:
        context = ssl.create_default_context(cafile=city.trust / "root.pem")
        folder = city.departments / system
        context.load_cert_chain(folder / "chain.pem", folder / f"{system}.key.pem")
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", city.port), timeout=10)
        self._socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self._socket.sendall(_PREFACE + _frame(_SETTINGS, 0, 0) + _frame(_SETTINGS, _ACK, 0))
        self._stream = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, count: int, method: str = "Verify", *, reset: bool = False) -> None:
        """Begin calls with headers only, and optionally reset each at once."""
        path = f"/yici.exchange.v1.ExchangeService/{method}"
        fields = {":method": "POST", ":scheme": "https", ":path": path, ":authority": "localhost", "te": "trailers",
                  "content-type": "application/grpc"}  # fmt: skip
        block = b"".join(b"\x00" + _text(name) + _text(value) for name, value in fields.items())
        frames = []
        for _ in range(count):
            self._stream += 2
            frames.append(_frame(_HEADERS, _END_HEADERS, self._stream, block))
            if reset:
                frames.append(_frame(_RESET, 0, self._stream, struct.pack(">I", 8)))
        self._socket.sendall(b"".join(frames))

    def ended(self, seconds: float) -> bool:
        """Return whether the node ends the connection, or refuses further calls on it, within ``seconds``."""
        self._socket.settimeout(seconds)
        held = b""
        try:
            while data := self._socket.recv(65536):
                held += data
                while len(held) >= 9 and len(held) >= 9 + int.from_bytes(held[:3]):
                    if held[3] == _GOAWAY:
                        return True
                    held = held[9 + int.from_bytes(held[:3]) :]
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _text(value: str) -> bytes:
    return bytes((len(value),)) + value.encode()
