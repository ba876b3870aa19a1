"""Scenario tests of connections: who may connect, limits for callers, and clients' behaviour."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import httpx
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from exchange.client import Client, ExchangeError
from exchange.demo.city import City
from keys.trust import TrustBundle
from registry.ledger.search import Filter
from tests.conftest import OpenCity
from tests.support import terminal
from tests.support.ask import APPLICANT, BASIS, IS_NAME, found_in, holds
from tests.support.heedless import Heedless
from tests.support.processes import processes_of, supervisor_of

METHOD = "/yici.exchange.v1.ExchangeService/"
PER_ADDRESS, PER_SECOND = 60, 20
MEGABYTES_MORE = 120


@pytest.fixture(scope="module")
def small(open_city: OpenCity) -> Iterator[City]:
    """Run a city with one worker and few file descriptors."""
    with open_city(connections_per_address=PER_ADDRESS, pages_per_second=PER_SECOND) as town:
        yield town


def process(city: City, kind: str) -> psutil.Process:
    """Return a process of the city's node."""
    return processes_of(city, kind)[0]


def asks(city: City) -> bool:
    """Return whether a client gets an answer."""

    async def run() -> bool:
        async with city.client(seconds=20) as client:
            return await holds(client)

    return asyncio.run(run())


def page(city: City, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{city.http_port}{path}", headers=headers, trust_env=False, timeout=20)


def calm(city: City, path: str, status: int) -> httpx.Response:
    """Wait until the rate limit of this address permits an answer, and return it."""
    end = time.monotonic() + 20
    while (answer := page(city, path)).status_code != status:
        assert time.monotonic() < end, (answer.status_code, answer.text)
        time.sleep(0.3)
    return answer


def test_headers_alone_cost_bounded_memory_and_their_calls_end(small: City) -> None:
    assert asks(small)
    before = process(small, "worker").memory_info().rss
    with ExitStack() as stack:
        crowd = [stack.enter_context(Heedless(small)) for _ in range(40)]
        for caller in crowd:
            caller.send(250)
        time.sleep(7)
        assert process(small, "worker").memory_info().rss < before + MEGABYTES_MORE * 2**20
        assert asks(small)
        assert any(caller.ended(1) for caller in crowd)


def test_resets_beyond_accident_end_the_connection(small: City) -> None:
    with Heedless(small, "residence-desk") as caller:
        caller.send(50, reset=True)
        assert not caller.ended(1)
    with Heedless(small, "realty-desk") as caller:
        caller.send(400, reset=True)
        assert caller.ended(10)
    assert asks(small)


def test_connecting_again_after_resets_gains_nothing_for_a_moment(small: City) -> None:
    with Heedless(small, "citizen-portal") as caller:
        caller.send(400, reset=True)
        assert caller.ended(10)
    refused = 0
    end = time.monotonic() + 15
    while refused < 3 or not connects(small, "citizen-portal"):
        refused += not connects(small, "citizen-portal")
        assert time.monotonic() < end, refused
        time.sleep(0.2)
    assert asks(small)


def connects(city: City, system: str) -> bool:
    """Return whether a system can connect, which TLS 1.3 shows a client only after the handshake."""
    try:
        with Heedless(city, system) as caller:
            return not caller.ended(0.3)
    except OSError:
        return False


async def test_a_call_without_a_message_ends_within_seconds(small: City) -> None:
    async def run() -> str:
        chain, key = small.credentials("talent-settlement")
        credentials = grpc.ssl_channel_credentials((small.trust / "root.pem").read_bytes(), key, chain)
        async with grpc.aio.secure_channel(small.address, credentials) as channel:
            call = channel.stream_unary(f"{METHOD}Verify")()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await asyncio.wait_for(call, 20)
            return str(caught.value.details())

    assert await run() == "no message came for 5 seconds"


def test_bare_connections_of_one_address_are_bounded_and_others_answered(small: City) -> None:
    with ExitStack() as stack:
        for _ in range(4 * PER_ADDRESS):
            stack.enter_context(socket.create_connection(("127.0.0.1", small.port), timeout=10))
        time.sleep(3)
        held = [c for c in process(small, "worker").net_connections() if c.laddr.port == small.port and c.raddr]
        assert len(held) <= PER_ADDRESS
        assert asks(small)


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00"])
def test_a_handshake_that_does_not_go_on_ends_within_seconds(small: City, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as half:
        half.sendall(said)
        assert half.recv(1) == b""


def test_half_open_requests_end_and_keep_no_worker_from_its_restart(small: City) -> None:
    with ExitStack() as stack:
        for _ in range(4 * PER_ADDRESS):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", small.http_port), timeout=10))
            half.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        supervisor = supervisor_of(small)
        assert len(supervisor.net_connections()) == 0
        held = [c for c in process(small, "web").net_connections() if c.laddr.port == small.http_port and c.raddr]
        assert len(held) <= PER_ADDRESS
        first = process(small, "worker").pid
        process(small, "worker").kill()
        end = time.monotonic() + 40
        while True:
            try:
                assert process(small, "worker").pid != first
                assert asks(small)
                break
            except (IndexError, ExchangeError, AssertionError, psutil.NoSuchProcess):
                assert time.monotonic() < end
                time.sleep(0.5)
        time.sleep(12)
        held = [c for c in process(small, "web").net_connections() if c.laddr.port == small.http_port and c.raddr]
        assert not held


def test_processes_have_all_descriptors_that_the_system_allows(small: City) -> None:
    soft, hard = process(small, "worker").rlimit(psutil.RLIMIT_NOFILE)
    assert soft == min(hard, 65_536)


def test_health_says_when_the_grpc_port_does_not_answer(small: City) -> None:
    assert calm(small, "/health", 200).text.startswith("serving\n")
    worker = process(small, "worker")
    worker.suspend()
    try:
        answer = calm(small, "/health", 503)
    finally:
        worker.resume()
    assert f"\ngrpc: 127.0.0.1:{small.port} does not answer (TimeoutError)\n" in answer.text


def test_unknown_codes_write_nothing_and_are_rated_by_address(small: City) -> None:
    calm(small, "/health", 200)
    before = asyncio.run(found_in(small, Filter(), 1))[0].index
    paths = ["/download/x", "/download/" + "A" * 22, "/download/%00" + "A" * 21, "/download/" + "9" * 5000]
    with httpx.Client(base_url=f"http://127.0.0.1:{small.http_port}", trust_env=False, timeout=20) as client:
        found = [client.get(paths[at % 4], headers={"x-forwarded-for": f"10.0.0.{at}"}) for at in range(20)]
    assert {answer.status_code for answer in found} == {404, 429}
    assert {answer.headers.get("retry-after") for answer in found if answer.status_code == 429} == {"1"}
    assert asyncio.run(found_in(small, Filter(), 1))[0].index == before


@pytest.mark.parametrize("path", ["/checkpoint", "/tile/0/000", "/trust/root.pem", "/status/1", "/health", "/nothing"])
def test_rates_by_address_hold_on_every_route(small: City, path: str) -> None:
    calm(small, "/health", 200)
    with httpx.Client(base_url=f"http://127.0.0.1:{small.http_port}", trust_env=False, timeout=20) as client:
        statuses = [client.get(path).status_code for _ in range(12 * PER_SECOND)]
    assert 429 in statuses


async def test_pings_every_two_seconds_end_no_connection(small: City) -> None:
    chain, key = small.credentials("talent-settlement")
    credentials = grpc.ssl_channel_credentials((small.trust / "root.pem").read_bytes(), key, chain)
    options = [("grpc.keepalive_time_ms", 2_000), ("grpc.http2.max_pings_without_data", 0),
               ("grpc.use_local_subchannel_pool", 1)]  # fmt: skip
    async with grpc.aio.secure_channel(small.address, credentials, options) as channel:
        stream = channel.stream_stream(f"{METHOD}VerifyBatch")()
        await stream.write(b"")
        await stream.read()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.read(), 13)


def test_the_client_ignores_proxies_of_the_environment(small: City, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert asks(small)


def test_a_client_says_at_once_that_it_was_used_across_a_fork(small: City, tmp_path: Path) -> None:
    program = tmp_path / "forks.py"
    program.write_text(f"""
import os
from pathlib import Path
from exchange.client import ExchangeError
from exchange.client import SyncClient
from tests.support.ask import APPLICANT, BASIS, IS_NAME
folder = Path({str(small.departments / "talent-settlement")!r})
client = SyncClient({small.address!r}, (folder / "chain.pem").read_bytes(),
                    (folder / "talent-settlement.key.pem").read_bytes(), Path({str(small.trust)!r}))
assert client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME]).holds
if not (child := os.fork()):
    try:
        client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
    except ExchangeError as error:
        client.close()
        os._exit(7 if error.reason == "CLIENT_FORKED" else 1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
client.close()
""")
    environment = os.environ | {"PYTHONPATH": str(Path.cwd()), "GRPC_ENABLE_FORK_SUPPORT": "0"}
    found = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=40, env=environment)
    assert found.stdout == "7\n", found.stderr


def csr(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return asked.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("make", [
    lambda: ec.generate_private_key(ec.SECP256R1()), lambda: ec.generate_private_key(ec.SECP384R1()),
    lambda: rsa.generate_private_key(65537, 3072), lambda: rsa.generate_private_key(65537, 4096),
], ids=["P-256", "P-384", "RSA-3072", "RSA-4096"])  # fmt: skip
async def test_a_system_asks_with_any_key_that_it_can_be_enrolled_with(
    small: City, tmp_path: Path, make: object
) -> None:
    key = make()  # type: ignore[operator]
    (tmp_path / "csr.pem").write_bytes(csr(key))
    asked = ("--csr", tmp_path / "csr.pem", "--out", tmp_path / "chain.pem", "--why", "换发证书")
    enrolled = terminal.run("system", "enrol", "talent-settlement", *asked, "--data", small.data)
    assert enrolled.returncode == 0, enrolled.stderr
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    async def run() -> bool:
        await asyncio.sleep(0.5)
        trust = TrustBundle.load(small.trust)
        async with Client(small.address, (tmp_path / "chain.pem").read_bytes(), private, trust, 20) as client:
            return (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds

    assert await run()
