"""Listening sockets of a node, and the port that its workers share."""

import os
import socket

from registry.errors import RuleError


def listen(setting: str, host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        RuleError: the port of that setting is not available.
    """
    host = host.strip("[]")  # gRPC's form of IPv6 addresses
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise RuleError(setting, f"{host}:{port} cannot be listened on ({os.strerror(error.errno or 0)})") from error


def claim(setting: str, host: str, port: int) -> socket.socket:
    """Return a socket that keeps a free port for the workers of this node; it accepts no connections.

    Workers share the port by SO_REUSEPORT, and would share it with another node of the same user. As long as the
    socket is open, that node cannot listen on the port alone, so it does not start.

    Raises:
        RuleError: the port of that setting is not available.
    """
    with listen(setting, host, port) as free:
        family, address = free.family, free.getsockname()[:2]
    kept = socket.socket(family)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of a former node may linger
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    kept.bind(address)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)  # with it, others could bind the port as well
    return kept
