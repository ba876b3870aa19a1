"""Scenario tests of promises 1, 2 and 3: refusals have a reason, an entry, and no personal data."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client import Chunk, Client, ExchangeError, Subject
from exchange.demo.city import City
from exchange.pki.key_vault import KeyVault
from keys.authority import Authority, Holder
from keys.certificates import Use, now_utc, pem
from keys.store import SoftwareKeyStore
from keys.suites import SUITES
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.claims import Aggregate, Claim, Operator
from registry.identifiers import SubjectKind
from tests.support.ask import APPLICANT, BASIS, HUKOU, IS_NAME, IS_NORMAL, TRIAL, holds, newest
from tests.support.edits import recorded_edit

CITIZEN = SubjectKind.CITIZEN_ID


def ask(**changed: Any) -> dict[str, Any]:
    return {"basis": BASIS, "dataset": "identity.person", "subject": APPLICANT, "claims": [IS_NAME]} | changed


CASES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no case": (ask(basis=Basis("talent-settlement", "", HUKOU, "o")), "INVALID_ARGUMENT", "BASIS_MISSING", "basis.case_number"),
    "no officer": (ask(basis=Basis("talent-settlement", "c", HUKOU, " ")), "INVALID_ARGUMENT", "BASIS_MISSING", "basis.officer"),
    "no matter": (ask(basis=Basis("", "c", HUKOU, "o")), "INVALID_ARGUMENT", "BASIS_MISSING", "basis.matter"),
    "no legal basis": (ask(basis=Basis("talent-settlement", "c", "", "o")), "INVALID_ARGUMENT", "BASIS_MISSING", "basis.legal_basis"),
    "endless officer": (ask(basis=Basis("talent-settlement", "c", HUKOU, "o" * 401)), "INVALID_ARGUMENT", "INVALID_REQUEST", "basis.officer"),
    "unknown matter": (ask(basis=Basis("nothing", "c", HUKOU, "o")), "NOT_FOUND", "MATTER_UNKNOWN", "basis.matter"),
    "matter without this dataset": (ask(dataset="housing_fund.account", claims=[IS_NORMAL]), "PERMISSION_DENIED", "MATTER_WITHOUT_DATASET", "basis.matter"),
    "another legal basis": (ask(basis=Basis("talent-settlement", "c", "因为想看", "o")), "PERMISSION_DENIED", "LEGAL_BASIS_MISMATCH", "basis.legal_basis"),
    "wrong check digit": (ask(subject=Subject(CITIZEN, "650102199406180285")), "INVALID_ARGUMENT", "INVALID_REQUEST", "subject.identifier"),
    "another kind of key": (ask(subject=Subject(SubjectKind.USCC, "113205000000140157")), "INVALID_ARGUMENT", "INVALID_REQUEST", "subject.kind"),
    "unknown dataset": (ask(dataset="identity.secrets"), "NOT_FOUND", "DATASET_UNKNOWN", "dataset"),
    "unknown field": (ask(claims=[Claim("salary", Operator.EQ, ("1",))]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].field"),
    "empty claims": (ask(claims=[]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims"),
    "too many claims": (ask(claims=[IS_NAME] * 51), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims"),
    "no value": (ask(claims=[Claim("name", Operator.EQ)]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].values"),
    "a value with EXISTS": (ask(claims=[Claim("name", Operator.EXISTS, ("x",))]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].values"),
    "an unknown code": (ask(claims=[Claim("status", Operator.EQ, ("happy",))]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].values[0]"),
    "no date": (ask(claims=[Claim("birth_date", Operator.LT, ("yesterday",))]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].values[0]"),
    "an order among names": (ask(claims=[Claim("name", Operator.LT, ("x",))]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].operator"),
    "a sum of names": (ask(claims=[Claim("name", Operator.GT, ("1",), Aggregate.SUM)]), "INVALID_ARGUMENT", "INVALID_REQUEST", "claims[0].aggregate"),
    "a field without a grant": (ask(claims=[Claim("ethnic_group", Operator.EXISTS)]), "PERMISSION_DENIED", "FIELD_NOT_GRANTED", "fields"),
    "an expired grant": (ask(basis=TRIAL, dataset="education.diploma"), "PERMISSION_DENIED", "GRANT_NOT_IN_FORCE", "dataset"),
    "no grant": (ask(basis=TRIAL, dataset="tax.arrears", claims=[Claim("amount", Operator.EXISTS)]), "PERMISSION_DENIED", "NO_GRANT", "dataset"),
    "withheld data": (ask(basis=TRIAL, dataset="police.informants"), "PERMISSION_DENIED", "DATASET_WITHHELD", "dataset"),
    "withheld data, by another matter": (ask(dataset="police.informants"), "PERMISSION_DENIED", "MATTER_WITHOUT_DATASET", "basis.matter"),
}  # fmt: skip


async def last(city: City) -> tuple[str, str]:
    """Return the system and the reason of the newest entry."""
    facts = (await newest(city))[0].leaf.facts
    return facts.system, facts.reason


@pytest.mark.parametrize("case", CASES)
async def test_a_refusal_names_its_reason_and_is_on_the_record(city: City, case: str) -> None:
    request, status, reason, field = CASES[case]

    async with city.client() as client:
        with pytest.raises(ExchangeError) as caught:
            await client.verify(**request)
    error = caught.value
    assert (error.status, error.reason, error.field) == (status, reason, field)
    assert request["subject"].identifier not in str(error)
    entry = (await newest(city))[0]
    assert (entry.leaf.facts.decision, entry.leaf.facts.reason) == ("deny", reason)
    assert not entry.leaf.facts.answer


async def test_a_query_needs_a_grant_for_query(city: City) -> None:
    async with city.client() as client:
        with pytest.raises(ExchangeError, match="MODE_NOT_GRANTED"):
            await client.query(TRIAL, "identity.person", APPLICANT, ["name"])
        for fields, field in (([], "fields"), (["name", "name"], "fields"), (["salary"], "fields[0]")):
            with pytest.raises(ExchangeError) as caught:
                await client.query(BASIS, "identity.person", APPLICANT, fields)
            assert caught.value.field == field


async def test_resolve_needs_its_subjects_and_facts(city: City) -> None:
    async with city.client() as client:
        for subjects, facts, field in (
            ({}, {"name": "x"}, "subjects.applicant"),
            ({"applicant": APPLICANT}, {}, "facts.name"),
            (
                {"applicant": replace(APPLICANT, identifier="650102199406180285")},
                {"name": "x"},
                "subjects.applicant.identifier",
            ),
            ({"applicant": APPLICANT}, {"name": "x" * 401}, "facts"),
        ):
            with pytest.raises(ExchangeError) as caught:
                await client.resolve(Basis("talent-settlement", "c", "", "o"), subjects, facts)
            assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", field)
        with pytest.raises(ExchangeError, match="BASIS_MISSING"):
            await client.resolve(Basis("", "c", "", "o"), {}, {})
        with pytest.raises(ExchangeError, match="case_number: at most"):
            await client.resolve(
                Basis("talent-settlement", "c" * 401, "", "o"), {"applicant": APPLICANT}, {"name": "x"}
            )
        with pytest.raises(ExchangeError, match="MATTER_UNKNOWN"):
            await client.resolve(Basis("nothing", "c", "", "o"), {}, {})


async def test_an_unspecified_operator_or_kind_is_refused_by_name(city: City) -> None:
    basis = pb.Basis(matter="many", case_number="c", legal_basis="试验依据", officer="o")
    subject = pb.Subject(kind=pb.SUBJECT_KIND_CITIZEN_ID, identifier=APPLICANT.identifier)
    requests = {
        "subject.kind": pb.VerifyRequest(basis=basis, dataset="identity.person", subject=pb.Subject(identifier="x"), claims=[pb.Claim(field="name")]),
        "claims[0].operator": pb.VerifyRequest(basis=basis, dataset="identity.person", subject=subject, claims=[pb.Claim(field="name")]),
        "claims[0].aggregate": pb.VerifyRequest(basis=basis, dataset="identity.person", subject=subject, claims=[pb.Claim(field="name", operator=pb.OPERATOR_EXISTS, aggregate=9)]),  # type: ignore[arg-type]
    }  # fmt: skip

    async with city.client() as client:
        for field, request in requests.items():
            with pytest.raises(ExchangeError) as caught:
                await client.call("/yici.exchange.v1.ExchangeService/", "Verify", request, pb.VerifyResponse)
            assert (caught.value.reason, caught.value.field) == ("INVALID_REQUEST", field)


async def test_a_used_up_quota_is_refused_until_tomorrow(city: City) -> None:
    async with city.client("quota-desk") as client:
        for _ in range(3):
            assert (await client.verify(TRIAL, "identity.person", APPLICANT, [IS_NORMAL])).holds
        with pytest.raises(ExchangeError) as caught:
            await client.verify(TRIAL, "identity.person", APPLICANT, [IS_NORMAL])
        assert (caught.value.status, caught.value.reason) == ("RESOURCE_EXHAUSTED", "QUOTA_USED_UP")
        assert await last(city) == ("quota-desk", "QUOTA_USED_UP")


async def test_ten_thousand_and_one_subjects_are_refused(city: City) -> None:
    async def chunks() -> Any:
        yield Chunk("big", ["110105194912310021"] * 10_001)

    async with city.client() as client:
        answers = [item async for item in client.verify_batch(TRIAL, "identity.person", CITIZEN, [IS_NORMAL], chunks())]
    assert answers[0].error is not None
    assert answers[0].error.field == "items"
    assert await last(city) == ("talent-settlement", "INVALID_REQUEST")


async def test_a_ten_megabyte_request_is_refused(city: City) -> None:
    async with city.client() as client:
        with pytest.raises(ExchangeError) as caught:
            await client.verify(BASIS, "identity.person", APPLICANT, [Claim("name", Operator.EQ, ("x" * 10_000_000,))])
        assert (caught.value.status, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
        assert "longer than" in caught.value.detail
        assert await last(city) == ("talent-settlement", "INVALID_REQUEST")
        assert await holds(client)


async def test_a_revoked_grant_stops_at_once(city: City) -> None:
    from exchange.node.wiring.host import at_host

    async with city.client() as client:
        question = (TRIAL, "housing_fund.account", APPLICANT, [IS_NORMAL])
        assert (await client.verify(*question)).holds
        async with at_host(city.settings) as host:
            await host.registrar("试验结束").revoke_grant("revocable", "试验结束")
        await asyncio.sleep(0.5)
        with pytest.raises(ExchangeError, match="NO_GRANT"):
            await client.verify(*question)
        assert await last(city) == ("talent-settlement", "NO_GRANT")


async def _try(city: City, chain: bytes, key: bytes, seconds: float = 3) -> ExchangeError:
    async with Client(city.address, chain, key, TrustBundle.load(city.trust), seconds) as client:
        with pytest.raises(ExchangeError) as caught:
            await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
    return caught.value


def _issued(city: City, folder: Path, name: str, days: int = 10, begin: int = 0) -> tuple[bytes, bytes]:
    signer = SoftwareKeyStore(folder).create(name, "ES256")
    issuing = KeyVault.of(city.settings).issuing()
    when = now_utc() + timedelta(days=begin)
    certificate = issuing.issue(Use.SYSTEM, Holder(name), signer.verifier.spki, timedelta(days=days), when)
    return pem(certificate, issuing.certificate), (folder / f"{name}.key.pem").read_bytes()


async def test_unenrolled_expired_and_foreign_certificates_cannot_connect(city: City, tmp_path: Path) -> None:
    assert (await _try(city, *_issued(city, tmp_path, "stranger"))).status == "UNAVAILABLE"
    assert (await _try(city, *_issued(city, tmp_path, "old", days=1, begin=-5))).status == "UNAVAILABLE"
    signer = SoftwareKeyStore(tmp_path).create("other", "ES256")
    other = Authority.root(SUITES["ES256"].generate(), Holder("Yici Root CA"), timedelta(days=9), now_utc())
    certificate = other.issue(Use.SYSTEM, Holder("other"), signer.verifier.spki, timedelta(days=9), now_utc())
    assert (await _try(city, pem(certificate), (tmp_path / "other.key.pem").read_bytes())).status == "UNAVAILABLE"


async def test_a_revoked_certificate_stops_at_once_and_connects_no_more(city: City) -> None:
    from exchange.node.wiring.host import at_host
    from exchange.node.wiring.registers import publish_revocations

    fingerprint = await city.enrol("revoked-desk")
    await asyncio.sleep(0.5)
    async with city.client("revoked-desk") as client:
        assert await holds(client)
        before = KeyVault.of(city.settings).trust().revocation_lists
        async with at_host(city.settings) as host:
            await host.registrar("私钥丢失").revoke_certificate(fingerprint, now_utc(), "私钥丢失")
            await publish_revocations(host.settings, host.database.url)
        await asyncio.sleep(0.5)
        with pytest.raises(ExchangeError, match="CERTIFICATE_REVOKED"):
            await holds(client)
        assert await last(city) == ("", "CERTIFICATE_REVOKED")
        recorded = (await newest(city))[0].index
        await asyncio.sleep(1.5)  # then its connection ends
        with pytest.raises(ExchangeError, match="UNAVAILABLE"):
            await holds(client)
        assert (await newest(city))[0].index == recorded
    after = KeyVault.of(city.settings).trust().revocation_lists
    assert sum(len(item) for item in after) == sum(len(item) for item in before) + 1


async def test_a_suspended_system_and_one_with_another_duty_are_refused(city: City) -> None:
    await city.enrol("suspended-desk")
    await asyncio.sleep(0.5)
    for system, named, reason in (
        ("suspended-desk", "", "SYSTEM_SUSPENDED"), ("audit-desk", "audit-desk", "DUTY_MISSING"), ("poor-desk", "poor-desk", "NO_GRANT"),
    ):  # fmt: skip
        assert (await _try(city, *city.credentials(system))).reason == reason
        assert await last(city) == (named, reason)


async def test_a_suspended_system_is_refused_on_its_open_streams(city: City) -> None:
    suspended = asyncio.Event()
    edit = "UPDATE system SET state = $1 WHERE id = 'talent-settlement'"

    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("one", [APPLICANT.identifier])
        await suspended.wait()
        yield Chunk("two", [APPLICANT.identifier])

    async with city.client() as client:
        answers = client.verify_batch(TRIAL, "identity.person", SubjectKind.CITIZEN_ID, [IS_NORMAL], chunks())
        assert (await anext(answers)).error is None
        await recorded_edit(city, edit, "suspended")
        await asyncio.sleep(1)
        suspended.set()
        try:
            error = (await anext(answers)).error
            assert error is not None
            assert error.reason == "SYSTEM_SUSPENDED"
        finally:
            await recorded_edit(city, edit, "active")
            await asyncio.sleep(1)
        assert [item async for item in answers] == []


def test_only_tls_1_3_with_a_certificate_connects(city: City) -> None:
    import subprocess

    def connect(*arguments: str) -> str:
        command = [
            "openssl",
            "s_client",
            "-connect",
            city.address,
            "-alpn",
            "h2",
            "-CAfile",
            str(city.trust / "root.pem"),
            *arguments,
        ]
        found = subprocess.run(command, input=b"", capture_output=True, timeout=20)
        return (found.stdout + found.stderr).decode(errors="replace")

    folder = city.departments / "talent-settlement"
    credentials = (
        "-cert",
        str(folder / "chain.pem"),
        "-cert_chain",
        str(folder / "chain.pem"),
        "-key",
        str(folder / "talent-settlement.key.pem"),
    )
    assert "New, TLSv1.3" in connect("-tls1_3", *credentials)
    assert "New, TLSv1.3" in connect(*credentials)
    for version in ("-tls1_2", "-tls1_1"):
        assert "Cipher is (NONE)" in connect(version, *credentials)


async def test_a_deadline_of_the_caller_is_honoured(city: City) -> None:
    async with city.client(seconds=0.0001) as client:
        with pytest.raises(ExchangeError) as caught:
            await holds(client)
        assert caught.value.status == "DEADLINE_EXCEEDED"
    assert grpc.StatusCode.DEADLINE_EXCEEDED.name == caught.value.status


async def test_values_of_a_chunk_are_checked_as_they_are_compared(city: City) -> None:
    exists, count, name = (
        Claim("region", Operator.EXISTS), Claim("name", Operator.GE, (), Aggregate.COUNT), Claim("name", Operator.EQ),
    )  # fmt: skip
    other = "11010519491231002X"

    async def ask_chunk(client: Client, claims: list[Claim], *values: tuple[str, ...]) -> Any:
        async def chunks() -> Any:
            yield Chunk("one", [APPLICANT.identifier, other][: len(values)], values)

        answers = [item async for item in client.verify_batch(TRIAL, "identity.person", CITIZEN, claims, chunks())]
        return answers.pop()

    async with city.client() as client:
        found = await ask_chunk(client, [Claim("sex", Operator.EXISTS), name], ("阿依努尔·买买提",))
        assert found.error is None
        for claims, values, field in (
            ([name, name], [("x",)], "items[0].values"),
            ([count], [("1",), ("abc",)], "items[1].values[0]"),
            ([exists], [("x",)], "items[0].values"),
        ):
            found = await ask_chunk(client, claims, *values)
            assert (found.error.reason, found.error.field) == ("INVALID_REQUEST", field)


async def test_resolve_identifies_its_caller_before_it_discloses_anything(city: City) -> None:
    async with city.client("audit-desk") as client:
        for matter in ("nothing", "talent-settlement"):
            with pytest.raises(ExchangeError, match="DUTY_MISSING"):
                await client.resolve(Basis(matter, "c", "", "o"), {}, {})
    async with city.client() as client:
        with pytest.raises(ExchangeError) as caught:
            await client.resolve(Basis("talent-settlement", "", "", "o"), {"applicant": APPLICANT}, {"name": "x"})
        assert (caught.value.reason, caught.value.field) == ("BASIS_MISSING", "basis.case_number")


async def test_a_thousand_fields_are_refused_and_on_the_record(city: City) -> None:
    async with city.client() as client:
        with pytest.raises(ExchangeError) as caught:
            await client.query(BASIS, "identity.person", APPLICANT, ["name"] * 1000)
        assert (caught.value.reason, caught.value.field) == ("INVALID_REQUEST", "fields")
    assert (await newest(city))[0].leaf.facts.fields == ("name",)
