"""Scenario tests of queries: departments get no more than they need, with valid evidence."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from exchange.client import Chunk, Client, ExchangeError, Subject, SyncClient
from exchange.demo.city import City
from exchange.demo.population import people
from exchange.pki.key_vault import KeyVault
from keys.certificates import now_utc, pem
from keys.evidence import Verdict, check_evidence
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.claims import Aggregate, Claim, Condition, Operator
from registry.identifiers import SubjectKind
from registry.ledger.leaf import Pseudonyms
from registry.ledger.search import Filter
from registry.outcomes import Outcome, Resolution
from tests.support.ask import APPLICANT, BASIS, IS_NAME, IS_NORMAL, NAME, TRIAL, found_in, newest

MATCH, MISMATCH, UNKNOWN = Outcome.MATCH, Outcome.MISMATCH, Outcome.UNKNOWN


async def test_verify_says_match_or_mismatch_and_never_the_value(city: City) -> None:
    async with city.client() as client:
        claims = [
            IS_NAME, Claim("name", Operator.EQ, ("阿依努尔•买买提",)), Claim("name", Operator.EQ, ("阿依努尔　・ 买买提 ",)),
            Claim("name", Operator.EQ, ("张三",)), IS_NORMAL, Claim("sex", Operator.IN, ("female", "male")),
            Claim("birth_date", Operator.LT, ("2000-01-01",)), Claim("birth_date", Operator.GE, ("2000-01-01",)),
            Claim("region", Operator.EXISTS),
        ]  # fmt: skip
        found = await client.verify(BASIS, "identity.person", APPLICANT, claims)
        assert found.outcomes == (MATCH, MATCH, MATCH, MISMATCH, MATCH, MATCH, MATCH, MISMATCH, MATCH)
        short = type(APPLICANT)(SubjectKind.CITIZEN_ID, APPLICANT.identifier[:6] + APPLICANT.identifier[8:17])
        assert (await client.verify(BASIS, "identity.person", short, claims)).outcomes == found.outcomes
        assert "1994" not in SdJwt.parse(found.evidence.answer).disclose(lambda *_: False).text
        unknown = await client.verify(
            BASIS, "identity.person", type(APPLICANT)(SubjectKind.CITIZEN_ID, "11010519491231002X"), [IS_NAME]
        )
        assert unknown.outcomes == (UNKNOWN,)


async def test_aggregates_answer_over_many_records(city: City) -> None:
    async with city.client() as client:
        basis = Basis("talent-settlement", "2026-0001", "《苏州市人才引进落户办法》第六条", "王科员")
        paid = (Condition("kind", Operator.EQ, ("pension",)), Condition("status", Operator.IN, ("paid",)))
        claims = [
            Claim("month", Operator.GE, ("11",), Aggregate.MONTHS, paid, 12),
            Claim("month", Operator.GE, ("13",), Aggregate.MONTHS, paid, 12),
            Claim("month", Operator.EQ, ("30",), Aggregate.COUNT, paid),
            Claim("month", Operator.EQ, ("0",), Aggregate.COUNT, (Condition("status", Operator.EQ, ("owed",)),)),
        ]
        found = await client.verify(basis, "social_insurance.participation", APPLICANT, claims)
        assert found.outcomes == (MATCH, MISMATCH, MATCH, MATCH)


async def test_query_hands_over_granted_fields_masked(city: City) -> None:
    async with city.client() as client:
        found = await client.query(BASIS, "identity.person", APPLICANT, ["name", "birth_date", "region"])
        assert found.records == ({"name": "阿*******", "birth_date": "1994-**-**", "region": "650102"},)


async def test_resolve_settles_every_requirement_with_its_own_evidence(city: City, tmp_path: Path) -> None:
    async with city.client() as client:
        settled = await client.resolve(
            Basis("talent-settlement", "c", "", "o"), {"applicant": APPLICANT}, {"name": NAME}
        )
        assert {item.id: item.resolution for item in settled if item.id != "residence"} == {
            "identity": Resolution.PROVEN, "degree": Resolution.PROVEN, "insurance": Resolution.PROVEN,
            "tax": Resolution.PROVEN, "home": Resolution.PROVEN, "employer-letter": Resolution.APPLICANT_MUST_SUPPLY,
        }  # fmt: skip
        proofs = [item.evidence for item in settled if item.evidence]
        assert len({proof.index for proof in proofs}) == 6
        wrong = await client.resolve(
            Basis("talent-settlement", "c", "", "o"), {"applicant": APPLICANT}, {"name": "别人"}
        )
        assert {item.id for item in wrong if item.resolution is Resolution.REFUTED} == {"identity"}
        answer, receipt = proofs[0].save(tmp_path, "one")
        found = check_evidence(answer.read_text(), receipt.read_text(), TrustBundle.load(city.trust))
        assert found.verdict is Verdict.VALID


@pytest.mark.parametrize("page", ["answers.md", "answers.zh-CN.md"])
async def test_the_ways_to_ask_of_the_page_about_answers_run_as_printed(
    city: City, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    program = indent(text.split("```python\n")[1].split("```")[0], "    ") + "    return records\n"
    names: dict[str, Any] = {
        "Subject": Subject, "SubjectKind": SubjectKind, "Chunk": Chunk, "Claim": Claim, "Operator": Operator,
    }  # fmt: skip
    exec(f"async def asked(client, basis, citizen_id):\n{program}", names)  # noqa: S102  # the page's own text
    async with city.client("talent-settlement") as client:
        [record] = await names["asked"](client, BASIS, APPLICANT.identifier)
    assert set(record) == {"name", "birth_date"}
    said = capsys.readouterr().out
    assert "identity proven" in said
    assert "Outcome.MATCH" in said


async def test_a_batch_answers_each_subject_and_everyone_is_on_the_record(city: City) -> None:
    crowd = list(people(city.people, city.seed, city.today))[:300]

    async def chunks() -> AsyncIterator[Chunk]:
        for at in range(0, 300, 100):
            part = crowd[at : at + 100]
            yield Chunk(
                f"chunk-{at}", [p.id for p in part], [(p.name if n % 10 else "错名",) for n, p in enumerate(part)]
            )

    async with city.client() as client:
        answers = [
            item
            async for item in client.verify_batch(
                TRIAL, "identity.person", SubjectKind.CITIZEN_ID, [Claim("name", Operator.EQ), IS_NORMAL], chunks()
            )
        ]
    assert [item.id for item in answers] == ["chunk-0", "chunk-100", "chunk-200"]
    outcomes = {key: value for item in answers for key, value in item.outcomes.items()}
    for number, person in enumerate(crowd):
        name = MATCH if number % 100 % 10 else MISMATCH
        assert outcomes[person.id] == (name, MATCH if person.status == "0" else MISMATCH)
    entries = await newest(city, 3, matter="many", dataset="identity.person", decision="permit")
    assert [entry.leaf.facts.subjects for entry in entries] == [100, 100, 100]
    pseudonyms = Pseudonyms(KeyVault.of(city.settings).pseudonym_key())
    for number in range(0, 300, 7):  # every subject finds the chunk's entry
        concerned = Filter(pseudonym=pseudonyms.of(f"citizen_id:{crowd[number].id}"), matter="many")
        assert entries[2 - number // 100].index in {entry.index for entry in await found_in(city, concerned)}


async def test_a_batch_says_what_was_asked_and_answers_by_the_caller_s_spelling(city: City) -> None:
    paid = Claim("month", Operator.GE, ("1",), Aggregate.MONTHS, (Condition("status", Operator.IN, ("paid",)),), 12)
    small = APPLICANT.identifier.lower().replace("6", "６")

    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("one", [small])

    basis = Basis("talent-settlement", "c", "《苏州市人才引进落户办法》第六条", "o")
    async with city.client() as client:
        answers = client.verify_batch(basis, "social_insurance.participation", SubjectKind.CITIZEN_ID, [paid], chunks())
        [found] = [item async for item in answers]
    assert found.error is None, found.error
    assert set(found.outcomes) == {small}
    assert found.evidence is not None
    [said] = found.evidence.checked.answer["claims"]
    assert (said["aggregate"], said["last_months"], said["values"]) == ("MONTHS", 12, ["1"])
    assert said["where"] == [{"field": "status", "operator": "IN", "values": ["paid"]}]


async def test_a_client_reads_its_trust_again_when_a_list_is_past_its_end(city: City, tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    shutil.copytree(city.trust, trust)
    vault = KeyVault.of(city.settings)
    past = now_utc() - timedelta(days=30)
    old = [authority.revocation_list({}, 1, timedelta(days=7), past) for authority in (vault.root(), vault.issuing())]
    fresh = (trust / "crl.pem").read_bytes()
    (trust / "crl.pem").write_bytes(pem(*old))

    async with Client(city.address, *city.credentials("talent-settlement"), trust) as client:
        with pytest.raises(ExchangeError, match="no revocation list covers") as caught:
            await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
        assert caught.value.reason == "EVIDENCE_UNDECIDED"
        (trust / "crl.pem").write_bytes(fresh)
        await asyncio.sleep(0.3)  # a folder is looked at a few times a second
        assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds


@pytest.mark.parametrize(("length", "words"), [(500, "longer than 4194304 bytes"), (2_000, "larger than max")])
async def test_a_batch_that_cannot_be_delivered_says_why(city: City, length: int, words: str) -> None:
    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("large", ["9" * length] * 10_000)

    async with city.client() as client:
        answers = client.verify_batch(TRIAL, "identity.person", SubjectKind.CITIZEN_ID, [IS_NORMAL], chunks())
        with pytest.raises(ExchangeError, match=words):
            await anext(answers)


async def test_a_refused_chunk_does_not_end_the_stream(city: City) -> None:
    good, bad = APPLICANT.identifier, "110105194912310021"

    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("one", [good])
        yield Chunk("two", [good, bad])
        yield Chunk("three", [good, good])
        yield Chunk("four", [good])

    async with city.client() as client:
        answers = [
            item
            async for item in client.verify_batch(
                TRIAL, "identity.person", SubjectKind.CITIZEN_ID, [IS_NORMAL], chunks()
            )
        ]
    assert [item.error and item.error.field for item in answers] == [None, "items[1].identifier", "items", None]


def test_the_sync_client_has_the_same_results(city: City) -> None:
    with SyncClient(city.address, *city.credentials("talent-settlement"), TrustBundle.load(city.trust)) as client:
        assert client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME]).holds
        assert client.query(BASIS, "identity.person", APPLICANT, ["sex"]).records == ({"sex": "female"},)
        assert (
            len(client.resolve(Basis("talent-settlement", "c", "", "o"), {"applicant": APPLICANT}, {"name": NAME})) == 7
        )
        chunks = (Chunk(f"c{number}", [APPLICANT.identifier]) for number in range(3))
        answers = client.verify_batch(TRIAL, "identity.person", SubjectKind.CITIZEN_ID, [IS_NORMAL], chunks)
        assert next(answers).outcomes == {APPLICANT.identifier: (MATCH,)}
        assert [item.id for item in answers] == ["c1", "c2"]


async def test_answers_say_what_the_departments_hold_for_everyone(city: City) -> None:
    """Check every person's data, in every kind of source, against the population."""
    crowd = list(people(city.people, city.seed, city.today))[:60]

    async with city.client() as client:
        for person in crowd:
            subject = type(APPLICANT)(SubjectKind.CITIZEN_ID, person.id)
            settled = await client.resolve(
                Basis("talent-settlement", "c", "", "o"), {"applicant": subject}, {"name": person.name}
            )
            found = {item.id: item.outcomes for item in settled}
            assert found["identity"] == (MATCH, MATCH if person.status == "0" else MISMATCH)
            assert found["home"] == ((MATCH if any(home.status == "1" for home in person.homes) else MISMATCH),)
            assert found["degree"] == ((MATCH,) if person.degrees else (UNKNOWN,))
            paid = sum(month.paid for month in person.months[:11])
            assert found["insurance"] == ((MATCH if paid >= 6 else MISMATCH),)
            tax = sum(float(month.tax) for month in person.months if month.paid)
            assert found["tax"] == ((MATCH if tax > 0 else MISMATCH),)


@pytest.mark.parametrize("system", ["talent-settlement"])
async def test_the_health_of_the_node_is_reported(city: City, system: str) -> None:
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    chain, key = city.credentials(system)
    root = (city.trust / "root.pem").read_bytes()
    async with grpc.aio.secure_channel(city.address, grpc.ssl_channel_credentials(root, key, chain)) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(service="yici.exchange.v1.ExchangeService"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
