"""Scenario tests of invalid HTTP requests: any path, method or header gets an error in words."""

import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.demo.city import City

ROUTES = ["/checkpoint", "/tile/0/000", "/tile/entries/000", "/trust/root.pem", "/trust/seals.pem", "/status/1",
          "/download/x", "/check", "/health", "/metrics", "/"]  # fmt: skip
PARTS = ["9" * 5000, "x999/" * 1500 + "000", "%00", "%ff%fe", "%E2%80%AE", "..", "//", "-1", "1e9", "0x1", "٣", "%D9%A3",
         "000.p/287", "000.p/0", "[", "a" * 22, "?x=" + "y" * 900, "#", "%", "00", "2147483648", "1;a"]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI", "get", "X" * 30]
HEADERS = ["Host: [", "Host: a:b:c", "Host:", "Accept: statuslist+cwt", "Accept: \xff", "If-None-Match: \x80", "Range: bytes=9-1",
           "Content-Length: 5", "Content-Length: x", "Transfer-Encoding: chunked", "Expect: 100-continue",
           "Upgrade: websocket", "Connection: upgrade", "X-Forwarded-For: 1.2.3.4", "Cookie: " + "z" * 3000]  # fmt: skip


def ask(city: City, request: bytes) -> bytes:
    """Return the first line of the response; empty if the connection ends."""
    with socket.create_connection(("127.0.0.1", city.http_port), timeout=30) as connection:
        connection.sendall(request)
        return connection.recv(65536).partition(b"\r\n")[0]


def status(city: City, request: bytes) -> int:
    return int([*ask(city, request).split(b" "), b"0", b"0"][1])


@pytest.mark.parametrize("path", ["/status/" + "9" * 5000, "/tile/0/" + "x999/" * 1600 + "000", "/tile/0/000.p/287"])
def test_numbers_of_any_length_are_a_bad_request(city: City, path: str) -> None:
    assert status(city, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) == 400


def test_no_request_makes_the_node_fail(city: City) -> None:
    log = city.data / "node.log"
    before = log.stat().st_size

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(METHODS), st.sampled_from(ROUTES), st.lists(st.sampled_from(PARTS), max_size=2),
        st.lists(st.sampled_from(HEADERS), max_size=3),
    )  # fmt: skip
    def run(method: str, route: str, parts: list[str], headers: list[str]) -> None:
        path = "/".join([route.rpartition("/")[0], *parts]) if parts else route
        lines = [f"{method} {path} HTTP/1.1", *headers, "", ""]
        found = status(city, "\r\n".join(lines).encode("utf-8" if "٣" in path else "latin-1"))
        assert found != 500, lines
        assert found < 500 or found == 503, lines

    run()
    assert status(city, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") == 200
    assert b"Traceback" not in log.read_bytes()[before:]
