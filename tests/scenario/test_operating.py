"""Scenario tests of operation: key rotation, tracing, and an external database."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as traces_grpc

from exchange.demo.city import City
from keys.evidence import Verdict, check_evidence
from keys.trust import TrustBundle
from tests.conftest import OpenCity
from tests.support import terminal
from tests.support.ask import APPLICANT, BASIS, IS_NAME

BIN = Path(sys.executable).parent / "yici"


class Collector(traces_grpc.TraceServiceServicer):
    """Collects exported spans."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    async def Export(self, request: Any, _context: Any) -> Any:  # noqa: N802  # the method's name
        """Collect spans."""
        self.spans += [span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans]
        return traces.ExportTraceServiceResponse()


@pytest.fixture(scope="module")
def kept(open_city: OpenCity) -> Iterator[City]:
    """Create a city whose node is not yet running."""
    with open_city(serving=False) as town:
        yield town


def yici(city: City, *arguments: str) -> str:
    found = terminal.run(*arguments, "--data", city.data, environment=os.environ | {"YICI_LANG": "en"})
    assert found.returncode == 0, found.stderr
    return found.stdout


async def asked(city: City) -> tuple[str, str]:
    """Return an answer and its receipt."""
    async with city.client() as client:
        found = await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
        assert found.holds
        return found.evidence.answer, found.evidence.receipt


async def stop_node(city: City) -> None:
    node = city._processes.pop()
    node.terminate()
    await asyncio.to_thread(node.wait, 30)


async def test_calls_are_traced_by_their_names_and_nothing_personal(
    kept: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, collector = grpc.aio.server(), Collector()
    traces_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    monkeypatch.setenv("YICI_TELEMETRY__OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    await kept.start_node()
    await asked(kept)
    async with asyncio.timeout(15):
        while not collector.spans:
            await asyncio.sleep(0.2)
    await stop_node(kept)
    await server.stop(1)
    assert {span.name for span in collector.spans} == {"Verify"}
    assert APPLICANT.identifier not in str(collector.spans)


async def test_signatures_of_a_rotated_ledger_key_stay_valid(kept: City, tmp_path: Path) -> None:
    evidence = []
    for change in ([], ["keys", "rotate-ledger"], ["keys", "retire-ledger", "ledger-1"]):
        if change:
            yici(kept, *change)
            yici(kept, "grant", "add", str(_grants(tmp_path, len(evidence))))  # written by whom the change is new to
            yici(kept, "trust", "export", str(kept.trust))
        await kept.start_node()
        evidence.append(await asked(kept))
        await stop_node(kept)
    signatures = [receipt.rpartition("\n\n")[2].strip().count("\n") + 1 for _, receipt in evidence]
    assert signatures == [1, 2, 1]
    assert "retired" in yici(kept, "keys", "list").split("ledger-1")[1].split("\n")[0]
    bundle = TrustBundle.load(kept.trust)
    for answer, receipt in evidence:
        assert check_evidence(answer, receipt, bundle).verdict is Verdict.VALID
    assert "Clean" in yici(kept, "ledger", "verify")


def _grants(folder: Path, number: int) -> Path:
    path = folder / f"grants{number}.yaml"
    path.write_text(
        f'grants: [{{id: g{number}, agency: "113205000000140825", dataset: identity.person, fields: [name], modes: [verify], '
        "matters: [talent-settlement], legal_basis: 法, valid_from: 2026-01-01T00:00:00+08:00, valid_to: 2036-01-01T00:00:00+08:00}]"
    )
    return path


def test_a_register_in_another_database_is_one_as_well(tmp_path: Path, url: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    (tmp_path / "page.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    environment = os.environ | {"YICI_LANG": "en", "YICI_DATABASE__URL": url}
    for arguments, words in (
        (["init"], "is ready"), (["catalog", "load", str(tmp_path / "page.yaml")], "2 agencies"),
        (["grant", "list"], "settlement-identity"), (["ledger", "verify"], "Clean: 7 entries"),
    ):  # fmt: skip
        command = [str(BIN), *arguments, "--data", str(tmp_path / "data")]
        found = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
        assert words in found.stdout, found.stderr
    assert not (tmp_path / "data" / "postgres").exists()
