"""Scenario tests of other interfaces: gRPC reflection, HTTP tiles, catalogue, audit, command line."""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.message import Message
from yici.audit.v1 import audit_pb2 as audit
from yici.exchange.v1 import exchange_pb2 as exchange
from yici.registry.v1 import catalogue_pb2 as catalogue

from exchange.demo.city import City
from keys.merkle import leaf_hash
from keys.notes import NoteKey, open_checkpoint
from keys.receipt import Receipt
from registry.claims import Claim, Operator
from registry.ledger.tiles import TileAddress
from registry.outcomes import Finding, Outcome
from tests.support import terminal
from tests.support.ask import APPLICANT, BASIS, IS_NAME, NAME, TRIAL, holds
from tests.support.consistency import verify_consistency

BIN = Path(sys.executable).parent


def yici(city: City, *arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"YICI_LANG": lang, "YICI_DATA": str(city.data), "COLUMNS": "200", "TERM": "dumb"}
    return terminal.run(*arguments, environment=environment)


def test_buf_curl_asks_by_reflection(city: City) -> None:
    folder = city.departments / "talent-settlement"
    request = {
        "basis": {
            "matter": BASIS.matter,
            "caseNumber": BASIS.case,
            "legalBasis": BASIS.legal_basis,
            "officer": BASIS.officer,
        },
        "dataset": "identity.person",
        "subject": {"kind": "SUBJECT_KIND_CITIZEN_ID", "identifier": APPLICANT.identifier},
        "claims": [{"field": "name", "operator": "OPERATOR_EQ", "values": [NAME]}],
    }
    found = subprocess.run(
        [
            str(BIN / "buf"), "curl", "--protocol", "grpc", "--cacert", str(city.trust / "root.pem"), "--cert", str(folder / "chain.pem"),
            "--key", str(folder / "talent-settlement.key.pem"), "-d", json.dumps(request),
            f"https://{city.address}/yici.exchange.v1.ExchangeService/Verify",
        ],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["outcomes"] == ["OUTCOME_MATCH"]
    assert answer["answered"]["receipt"].startswith("c2sp.org/tlog-proof@v1")


def test_the_log_is_served_as_tiles_that_lead_to_the_checkpoint(city: City) -> None:
    async def fill() -> None:
        async with city.client() as client:
            await asyncio.gather(*[holds(client) for _ in range(300)])

    asyncio.run(fill())
    audited = yici(city, "audit", "clocks", f"http://127.0.0.1:{city.http_port}", "--trust", str(city.trust), "--json")
    assert audited.returncode == 0, audited.stderr
    told = json.loads(audited.stdout)
    assert (told["entries"] >= 300, [clock for clock in told["clocks"] if clock["late"]]) == (True, [])
    with httpx.Client(base_url=f"http://127.0.0.1:{city.http_port}", trust_env=False) as http:
        keys = [NoteKey.parse(line) for line in http.get("/trust/ledger.vkey").text.split()]
        checkpoint = open_checkpoint(http.get("/checkpoint").text, keys)
        hashes: list[bytes] = []
        for number in range(-(-checkpoint.size // 256)):
            width = min(256, checkpoint.size - number * 256)
            data = http.get("/" + TileAddress(0, number, width).path).content
            hashes += [data[at : at + 32] for at in range(0, len(data), 32)]
            entries = http.get("/" + TileAddress(None, number, width).path).content
            leaves = []
            while entries:
                length = int.from_bytes(entries[:2])
                leaves.append(entries[2 : 2 + length])
                entries = entries[2 + length :]
            assert [leaf_hash(leaf) for leaf in leaves] == hashes[number * 256 :]
        from keys.merkle import Growth

        assert Growth(0, (), hashes).root == checkpoint.root
        full = http.get("/" + TileAddress(0, 0).path)
        assert "immutable" in full.headers["cache-control"]
        assert http.get("/tile/1/000.p/1").content == Growth(0, (), hashes[:256]).root
        for path, status in (("/tile/0/9", 400), ("/tile/0/999", 404), ("/tile/entries/999", 404), ("/trust/x", 404)):
            assert http.get(path).status_code == status
        assert http.get("/health").text.startswith("serving\nclock: ")
        assert "BEGIN CERTIFICATE" in http.get("/trust/root.pem").text
        counted = re.compile(r'yici_calls_total\{method="Verify",outcome="OK"\} \d+')
        end = time.monotonic() + 20
        while not counted.search(metrics := http.get("/metrics").text):  # workers write theirs every few seconds
            assert time.monotonic() < end
            time.sleep(0.2)
        ends = dict(re.findall(r'yici_certificate_end_seconds\{role="([a-z-]+)"\} (\S+)', metrics))
        assert set(ends) == {"root", "issuing", "node", "tsa", "seal-root", "seal-maker", "seal"}
        assert float(ends["root"]) > float(ends["node"]) > time.time() + 30 * 86400
        assert re.search(r'yici_ledger_commits_total\{outcome="OK"\} [1-9]', metrics)
        assert re.search(r"yici_ledger_entries_total [1-9]", metrics)
        assert re.search(r'yici_source_ready\{dataset="tax.payment"\} 1', metrics)
        assert APPLICANT.identifier not in metrics


async def _call(city: City, system: str, method: str, request: Message, shape: type[Any]) -> Any:
    chain, key = city.credentials(system)
    root = (city.trust / "root.pem").read_bytes()
    async with grpc.aio.secure_channel(city.address, grpc.ssl_channel_credentials(root, key, chain)) as channel:
        call = channel.unary_unary(
            method, request_serializer=type(request).SerializeToString, response_deserializer=shape.FromString
        )
        return await call(request, timeout=10)


async def test_the_catalogue_can_be_looked_up_page_by_page(city: City) -> None:
    service = "/yici.registry.v1.CatalogueService/"
    names: list[str] = []
    token = ""
    while True:
        request = catalogue.ListDatasetsRequest(page_size=4, page_token=token)
        page = await _call(city, "poor-desk", service + "ListDatasets", request, catalogue.ListDatasetsResponse)
        names += [item.id for item in page.datasets]
        token = page.next_page_token
        if not token:
            break
    assert names == sorted(names)
    assert len(names) == 19
    found = await _call(
        city,
        "poor-desk",
        service + "GetDataset",
        catalogue.GetDatasetRequest(id="tax.payment"),
        catalogue.GetDatasetResponse,
    )
    assert found.dataset.fields[2].codes["income"] == "个人所得税"
    assert found.dataset.fields[2].type == catalogue.FIELD_TYPE_CODE
    assert found.dataset.source_agency == "113205000000140232"
    assert list(found.dataset.subject_kinds) == [exchange.SUBJECT_KIND_CITIZEN_ID]
    matter = await _call(
        city,
        "poor-desk",
        service + "GetMatter",
        catalogue.GetMatterRequest(id="talent-settlement"),
        catalogue.GetMatterResponse,
    )
    assert len(matter.matter.proofs) == 7
    matters = await _call(
        city, "poor-desk", service + "ListMatters", catalogue.ListMattersRequest(), catalogue.ListMattersResponse
    )
    assert [item.id for item in matters.matters] == [
        "data-quality", "license-service", "many", "official-documents", "realty-certificate", "residence-permit",
        "seal-administration", "talent-settlement",
    ]  # fmt: skip
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await _call(
            city,
            "poor-desk",
            service + "GetDataset",
            catalogue.GetDatasetRequest(id="x"),
            catalogue.GetDatasetResponse,
        )
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_auditor_traces_and_proves_and_is_on_the_record_too(city: City) -> None:
    service = "/yici.audit.v1.AuditService/"

    async with city.client() as client:
        for _ in range(2):
            await client.verify(TRIAL, "identity.person", APPLICANT, [IS_NAME])
    request = audit.ListEntriesRequest(
        reason="年度审计", subject=f"citizen_id:{APPLICANT.identifier}", matter="many", page_size=1
    )
    page = await _call(city, "audit-desk", service + "ListEntries", request, audit.ListEntriesResponse)
    assert page.entries[0].opening.officer == TRIAL.officer
    request.page_token = page.next_page_token
    older = await _call(city, "audit-desk", service + "ListEntries", request, audit.ListEntriesResponse)
    assert older.entries[0].index < page.entries[0].index
    request = audit.GetEntryRequest(index=page.entries[0].index, reason="年度审计")
    entry = await _call(city, "audit-desk", service + "GetEntry", request, audit.GetEntryResponse)
    keys = [NoteKey.parse(line) for line in (city.trust / "ledger.vkey").read_text().split()]
    late = Receipt.parse(entry.receipt).verify(keys)
    early = Receipt.parse((await _ask_again(city)).evidence.receipt).verify(keys)
    old, new = sorted((late, early), key=lambda item: item.size)
    request = audit.GetConsistencyProofRequest(old_size=old.size, new_size=new.size)
    proof = await _call(city, "audit-desk", service + "GetConsistencyProof", request, audit.GetConsistencyProofResponse)
    verify_consistency(old.size, new.size, old.root, new.root, list(proof.hashes))
    head = await _call(
        city, "audit-desk", service + "GetCheckpoint", audit.GetCheckpointRequest(), audit.GetCheckpointResponse
    )
    assert open_checkpoint(head.checkpoint, keys).size >= new.size
    request = audit.ListEntriesRequest(
        reason="x", subject=f"citizen_id:{APPLICANT.identifier}", decision="permit", page_size=3
    )
    for _ in range(2):
        found = await _call(city, "audit-desk", service + "ListEntries", request, audit.ListEntriesResponse)
    kinds = [json.loads(entry.leaf)["kind"] for entry in found.entries]
    assert kinds == ["audit.search", "verify", "audit.entry"]  # the citizen sees both of the auditor's looks, too
    assert json.loads(found.entries[0].opening.request) == {"filter": {"decision": "permit"}, "reason": "x"}
    for system, request, code in (
        ("talent-settlement", audit.ListEntriesRequest(reason="x"), grpc.StatusCode.PERMISSION_DENIED),
        ("audit-desk", audit.ListEntriesRequest(), grpc.StatusCode.INVALID_ARGUMENT),
        ("audit-desk", audit.ListEntriesRequest(reason="x", page_token="y"), grpc.StatusCode.INVALID_ARGUMENT),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await _call(city, system, service + "ListEntries", request, audit.ListEntriesResponse)
        assert caught.value.code() is code


async def _ask_again(city: City, claim: Claim = IS_NAME) -> Any:
    async with city.client() as client:
        return await client.verify(BASIS, "identity.person", APPLICANT, [claim])


async def test_evidence_says_by_which_rules_a_name_is_the_one_on_record(city: City, tmp_path: Path) -> None:
    claim = Claim("name", Operator.EQ, ("阿依努尔\uff0e买买\u200b提",))
    found = await _ask_again(city, claim)
    assert found.findings == (Finding(Outcome.MATCH, equal_after={"name": ("invisible", "width", "dot")}),)
    answer, _ = found.save_evidence(tmp_path, "name")
    shown = yici(city, "evidence", "check", str(answer), "--trust", str(city.trust), lang="zh").stdout
    assert "name：视为相同，因 不可见字符、全角半角、间隔号" in shown


async def test_evidence_check_names_each_step_and_exits_by_verdict(city: City, tmp_path: Path) -> None:
    answer, receipt = (await _ask_again(city)).save_evidence(tmp_path, "one")
    trust = ("--trust", str(city.trust))
    good = yici(city, "evidence", "check", str(answer), *trust)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "✓ sealed by the source" in good.stdout
    assert "✓ 数源部门印章" in yici(city, "evidence", "check", str(answer), *trust, lang="zh").stdout
    assert yici(city, "evidence", "check", str(answer), "--trust", str(tmp_path / "none")).returncode == 2
    assert yici(city, "evidence", "check", str(tmp_path / "none.sd-jwt"), *trust).returncode == 2
    receipt.unlink()
    alone = yici(city, "evidence", "check", str(answer), *trust)
    assert alone.returncode == 1
    assert "one.tlog-proof is missing: an answer without its receipt is not evidence" in alone.stdout


def test_policy_explain_tells_why(city: City) -> None:
    common = (
        "policy",
        "explain",
        "--system",
        "talent-settlement",
        "--matter",
        BASIS.matter,
        "--legal-basis",
        BASIS.legal_basis,
    )
    yes = yici(city, *common, "--dataset", "identity.person", "--fields", "name,status")
    assert (yes.returncode, "grant:settlement-identity" in yes.stdout) == (0, True)
    no = yici(city, *common, "--dataset", "identity.person", "--fields", "ethnic_group", "--policies")
    assert no.returncode == 1
    assert "FIELD_NOT_GRANTED" in no.stdout
    assert "permit (" in no.stdout


async def test_the_command_line_shows_searches_proves_and_verifies_the_ledger(city: City, tmp_path: Path) -> None:
    await _ask_again(city)
    found = yici(city, "ledger", "search", "--case", BASIS.case, "--limit", "3")
    assert "talent-settlement" in found.stdout, found.stderr
    subject = yici(city, "ledger", "search", "--subject", f"citizen_id:{APPLICANT.identifier}")
    assert "identity.person" in subject.stdout
    index = re.findall(r"^ *(\d+) ", found.stdout, re.MULTILINE)[0]
    assert '"kind": "verify"' in yici(city, "ledger", "show", index).stdout
    receipt = yici(city, "ledger", "prove", index).stdout
    keys = [NoteKey.parse(line) for line in (city.trust / "ledger.vkey").read_text().split()]
    assert Receipt.parse(receipt).verify(keys).size > int(index)
    assert "suzhou.demo.yici.example/ledger" in yici(city, "ledger", "show").stdout
    clean = yici(city, "ledger", "verify")
    assert (clean.returncode, "Clean" in clean.stdout) == (0, True)
    missing = yici(city, "ledger", "show", "99999999")
    assert (missing.returncode, "no entry 99999999" in missing.stderr) == (1, True)
    wrong = yici(city, "ledger", "search", "--subject", "someone")
    assert (wrong.returncode, "kind:identifier" in wrong.stderr) == (1, True)


def test_the_command_line_lists_what_is_on_record(city: City, tmp_path: Path) -> None:
    assert "Population register" in yici(city, "catalog", "list").stdout
    assert "人口基本信息" in yici(city, "catalog", "list", lang="zh").stdout
    assert "settlement-tax" in yici(city, "grant", "list").stdout
    exported = yici(city, "trust", "export", str(tmp_path / "trust"))
    assert exported.returncode == 0
    assert (tmp_path / "trust" / "root.pem").read_bytes() == (city.trust / "root.pem").read_bytes()
    again = yici(city, "init")
    assert (again.returncode, "already" in again.stderr) == (1, True)
    assert yici(city, "catalog", "load", str(tmp_path / "none.yaml")).returncode == 2


def test_a_system_enrols_with_a_local_key_and_renews_with_overlap(city: City, tmp_path: Path) -> None:
    assert yici(city, "system", "request", "audit-desk", "--folder", str(tmp_path)).returncode == 0
    first, second = tmp_path / "first.pem", tmp_path / "second.pem"
    for chain in (first, second):
        done = yici(
            city, "system", "enrol", "audit-desk", "--csr", str(tmp_path / "audit-desk.csr.pem"), "--out", str(chain)
        )
        assert done.returncode == 0, done.stderr
    assert (
        yici(
            city, "system", "enrol", "nobody", "--csr", str(tmp_path / "audit-desk.csr.pem"), "--out", str(first)
        ).returncode
        == 1
    )
    key = (tmp_path / "audit-desk.key.pem").read_bytes()
    root = (city.trust / "root.pem").read_bytes()

    async def checkpoint(chain: Path) -> str:
        credentials = grpc.ssl_channel_credentials(root, key, chain.read_bytes())
        async with grpc.aio.secure_channel(city.address, credentials) as channel:
            call = channel.unary_unary(
                "/yici.audit.v1.AuditService/GetCheckpoint",
                response_deserializer=audit.GetCheckpointResponse.FromString,
            )
            return (await call(b"", timeout=5)).checkpoint  # type: ignore[no-any-return]

    import time

    time.sleep(0.5)
    for chain in (first, second):
        assert "ledger" in asyncio.run(checkpoint(chain))
    fingerprint = subprocess.run(
        ["openssl", "x509", "-in", str(first), "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True
    ).stdout
    value = fingerprint.partition("=")[2].replace(":", "").strip().lower()
    assert yici(city, "system", "revoke", value, "--why", "续期完成").returncode == 0
    time.sleep(0.5)
    with pytest.raises(grpc.aio.AioRpcError):
        asyncio.run(checkpoint(first))
    assert "ledger" in asyncio.run(checkpoint(second))


def test_a_renewed_node_certificate_is_taken_up_without_a_restart(city: City) -> None:
    def serial() -> str:
        found = subprocess.run(
            ["openssl", "s_client", "-connect", city.address, "-alpn", "h2"], input=b"", capture_output=True
        )
        text = re.search(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", found.stdout, re.DOTALL)
        assert text is not None
        return subprocess.run(
            ["openssl", "x509", "-noout", "-serial"], input=text[0], capture_output=True
        ).stdout.decode()

    before = serial()
    assert yici(city, "keys", "renew-node").returncode == 0
    assert serial() != before


def test_logs_hold_nothing_personal(city: City) -> None:
    log = (city.data / "node.log").read_text()
    assert "worker.serving" in log
    for personal in (APPLICANT.identifier, NAME, BASIS.officer, BASIS.case, base64.b64encode(NAME.encode()).decode()):
        assert personal not in log


async def test_the_root_key_may_be_kept_offline(city: City, tmp_path: Path) -> None:
    from exchange.node.wiring.registers import publish_revocations

    url = city.world.postgres.replace("/departments", "/yici")
    key = city.data / "keys" / "root.key.pem"
    key.rename(tmp_path / "root.key.pem")
    try:
        await publish_revocations(city.settings, url)
        assert yici(city, "trust", "export", str(tmp_path / "trust")).returncode == 0
        answer, _ = (await _ask_again(city)).save_evidence(tmp_path, "one")
        assert yici(city, "evidence", "check", str(answer), "--trust", str(tmp_path / "trust")).returncode == 0
    finally:
        (tmp_path / "root.key.pem").rename(key)


def test_one_data_folder_serves_one_node(city: City) -> None:
    second = yici(city, "serve")
    assert second.returncode == 1
    assert "already" in second.stderr


def test_a_wrong_description_is_in_the_health_and_affects_its_dataset(city: City) -> None:
    path = city.data / "datasets" / "tax.arrears.yaml"
    right = path.read_text()
    with httpx.Client(base_url=f"http://127.0.0.1:{city.http_port}") as http:
        try:
            for said, instead in (("connection:", "connexion:"), ("table: ", "table: no_"), ("decimal", "text")):
                text = right.replace(said, instead)
                path.write_text(text)
                _until(lambda: "sources: out of service: tax.arrears\n" in http.get("/health").text)
                assert http.get("/health").status_code == 200
                assert 'yici_source_ready{dataset="tax.arrears"} 0.0' in http.get("/metrics").text
                path.write_text(right)
                _until(lambda: "out of service" not in http.get("/health").text)
        finally:
            path.write_text(right)


def _until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.3)
