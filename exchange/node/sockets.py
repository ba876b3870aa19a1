"""Limits on TCP connections of this process: their number by address, and closing of misused ones.

gRPC for Python neither lists nor closes connections, so their sockets are found among the process's descriptors. To
gRPC, a socket that is shut down here was closed by its peer.
"""

import asyncio
import os
import resource
import socket
import struct
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from urllib.parse import unquote

import structlog

_FILES = 65_536
_LOOK_SECONDS = 1.0
_FULL, _ROOM = 0.8, 0.6
"""The shares of the process's descriptors at which connections are closed, and down to which."""
_BYTES_RECEIVED = 128  # tcp_info.tcpi_bytes_received, on Linux
_DESCRIPTORS = Path("/dev/fd")
_TCP = (socket.AF_INET, socket.AF_INET6)
log = structlog.get_logger(__name__)


def raise_file_limit() -> None:
    """Raise the limit of descriptors for this process and those that it starts, within reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Sockets:
    """The connections to a port of this process."""

    def __init__(self, port: int, per_address: int) -> None:
        """Create limits; ``per_address`` is the most connections of an address."""
        self._port = port
        self._per_address = per_address

    def close(self, peer: str) -> None:
        """Close the connection of a peer, in gRPC's notation (``ipv4:127.0.0.1:54321``)."""
        _, _, place = unquote(peer).partition(":")
        host, _, port = place.rpartition(":")
        wanted = _address(host.strip("[]")), int(port or 0)
        for found in self._connections():
            if found.peer == wanted:
                found.end()

    async def keep_bounded(self) -> None:
        """Close connections over the limits repeatedly, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                if ended := await loop.run_in_executor(None, self.bound):
                    log.warning("connections.ended", count=ended)
            except OSError as error:  # no descriptor is free for it; handshakes time out by themselves
                log.warning("connections.not_counted", error=type(error).__name__)

    def bound(self) -> int:
        """Close connections over the limits, those with the least traffic first; return how many."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        used = len(_descriptors())
        if used <= min(self._per_address, most * _FULL):
            return 0
        by_address = defaultdict(list)
        for found in self._connections():
            by_address[found.peer[0]].append(found)
        ended, kept = [], []
        for items in by_address.values():
            items.sort(key=_traffic)
            excess = max(len(items) - self._per_address, 0)
            ended += items[:excess]
            kept += items[excess:]
        if used - len(ended) > most * _FULL:
            ended += sorted(kept, key=_traffic)[: int(used - len(ended) - most * _ROOM)]
        for found in ended:
            found.end()
        return len(ended)

    def _connections(self) -> Iterator["_Connection"]:
        for number in _descriptors():
            with suppress(OSError), _duplicate(number) as found:  # closed meanwhile, no socket, or listening
                if found.family in _TCP and found.getsockname()[1] == self._port:
                    yield _Connection(number, _peer(found), _received(found))


@dataclass(frozen=True, slots=True)
class _Connection:
    descriptor: int
    peer: tuple[str, int]
    received: int

    def end(self) -> None:
        """Shut the socket down, if the descriptor is still this connection's."""
        with suppress(OSError), _duplicate(self.descriptor) as found:
            if found.family in _TCP and _peer(found) == self.peer:
                found.shutdown(socket.SHUT_RDWR)


def _traffic(connection: _Connection) -> int:
    return connection.received


def _descriptors() -> list[int]:
    return [int(path.name) for path in _DESCRIPTORS.iterdir()]


def _duplicate(descriptor: int) -> socket.socket:
    """Return the same socket with a descriptor of its own."""
    number = os.dup(descriptor)
    try:
        return socket.socket(fileno=number)
    except OSError:  # not a socket
        os.close(number)
        raise


def _peer(found: socket.socket) -> tuple[str, int]:
    host, port = found.getpeername()[:2]
    return _address(host), port


def _address(host: str) -> str:
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return str((found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found)


def _received(found: socket.socket) -> int:
    try:
        info = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED + 8)
        return int(struct.unpack_from("=Q", info, _BYTES_RECEIVED)[0])
    except (AttributeError, OSError, struct.error):  # not available on this system
        return 0
