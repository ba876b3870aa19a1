"""Tests of the port that workers share: it is one node's alone."""

import socket

import pytest

from exchange.demo.local import free_ports
from exchange.node.ports import claim, listen
from registry.errors import RuleError

HOST = "127.0.0.1"


def worker(port: int) -> socket.socket:
    """Listen as gRPC does in a worker."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind((HOST, port))
    found.listen()
    return found


def test_a_claimed_port_is_refused_to_another_node() -> None:
    [port] = free_ports(1)
    with claim("node.port", HOST, port):
        with pytest.raises(RuleError, match="cannot be listened on") as refused:
            claim("node.port", HOST, port)
        assert refused.value.field == "node.port"
    listen("node.port", HOST, port).close()


def test_workers_share_a_claimed_port_and_get_all_its_connections() -> None:
    [port] = free_ports(1)
    with claim("node.port", HOST, port), worker(port) as one, worker(port) as two:
        clients = [socket.create_connection((HOST, port), 1.0) for _ in range(20)]
        accepted = 0
        for listening in (one, two):
            listening.setblocking(False)
            while True:
                try:
                    listening.accept()[0].close()
                except BlockingIOError:
                    break
                accepted += 1
        for client in clients:
            client.close()
        assert accepted == len(clients)


def test_a_port_is_claimed_again_while_its_connections_linger() -> None:
    [port] = free_ports(1)
    with claim("node.port", HOST, port), worker(port) as listening:
        client = socket.create_connection((HOST, port), 1.0)
        listening.accept()[0].close()  # the side that closes first keeps the connection for a minute
        client.close()
    claim("node.port", HOST, port).close()
