"""Tests of the client's imports: itself, the wire, keys, and plain types of the registers."""

import json
import subprocess
import sys
from importlib import util
from typing import Any

import pytest

from exchange.client import Basis, DocumentClient, ExchangeError, SealClient

BASIS = Basis("matter", "case", "law", "officer")
LIGHT = {
    "_cbor2",
    "_cffi_backend",
    "_openssl",
    "cbor2",
    "cryptography",
    "exchange",
    "google",
    "grpc",
    "keys",
    "orjson",
    "registry",
    "typing_extensions",
    "yici",
}
ASKED_BY_GRPC = {"grpc_health", "grpc_reflection", "grpc_tools", "grpc_status"}
"""gRPC imports its sister packages wherever they are installed."""
HEAVY = (
    "asyncpg",
    "cedarpy",
    "prometheus_client",
    "pydantic",
    "pyhanko",
    "rich",
    "sqlalchemy",
    "structlog",
    "typer",
    "typst",
    "yaml",
)


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Return the modules of a new process that has imported the client."""
    code = "import sys, json; before = {*sys.modules}; import exchange.client; print(json.dumps(sorted({*sys.modules} - before)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(found.stdout))


def test_importing_the_client_loads_no_package_of_the_node(loaded: set[str]) -> None:
    assert all(util.find_spec(name) for name in HEAVY)  # so that leaving them out means something
    packages = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - ASKED_BY_GRPC
    assert {name for name in packages if not name.startswith(("_sysconfigdata", "_cython", "cython"))} <= LIGHT


def test_importing_the_client_loads_no_module_of_the_node(loaded: set[str]) -> None:
    rooms = {".".join(name.split(".")[:3]) for name in loaded if name.startswith("exchange.")}
    allowed = ("exchange.client", "exchange.errors", "exchange.services", "exchange.services.wire")
    assert {name for name in rooms if not name.startswith("exchange.client.")} <= set(allowed)


async def test_a_sealed_pdf_is_not_asked_for_where_it_cannot_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> Any:
        return None if name == "pyhanko" else object()

    monkeypatch.setattr("exchange.client.sealed_page.find_spec", without)
    asked: list[str] = []

    async def call(_self: object, _service: str, method: str, *_: Any) -> Any:
        asked.append(method)

    monkeypatch.setattr("exchange.client.connection.Connection.call", call)
    seals, documents = SealClient.__new__(SealClient), DocumentClient.__new__(DocumentClient)
    for work in (seals.seal_pdf(BASIS, "32050000000001", b"%PDF-"), documents.get(BASIS, "one")):
        with pytest.raises(ExchangeError, match=r"PDF_SUPPORT_MISSING.*yici\[pdf\]"):
            await work
    assert asked == []
