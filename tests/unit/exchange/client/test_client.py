"""Tests of the client: a sealed answer is accepted only if it is to the request."""

import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client import Chunk, Client, EvidenceError, ExchangeError, Proof, Subject
from exchange.client.connection import _stamp
from keys.evidence import Evidence, Verdict
from keys.notes import NoteKey, NoteSigner
from keys.suites import SUITES
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from tests.unit.keys.test_evidence import Made

BASIS = Basis("matter", "case", "law", "officer")
SUBJECT = Subject(SubjectKind.CITIZEN_ID, "11010519491231002X")
CLAIMS = [Claim("name", Operator.EQ, ("张三",)), Claim("status", Operator.EQ, ("normal",))]
ABOUT = {"subject": {"kind": "citizen_id", "identifier": SUBJECT.identifier}}
NAME = {"field": "name", "operator": "EQ", "values": ["张三"]}
STATUS = {"field": "status", "operator": "EQ", "values": ["normal"]}


class Answered(Client):
    """A client whose node returns a given answer with valid evidence."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    async def call(self, _service: str, _method: str, _request: Message, shape: type[Any]) -> tuple[Any, str]:
        """Return an answer's message, and the digest of the request."""
        return shape(), ""

    def check(self, _answered: pb.Answered, _digest: str) -> Proof:
        """Return valid evidence."""
        return Proof("", "", Evidence((), self._answer))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"results": 7},
        {"results": ["match", "match"]},
        {"results": [{"result": "match"}]},
        {"results": [{"result": "match"}, {"result": "perhaps"}]},
        {"results": [{"result": "match"}, {"result": "match"}, {"result": "match"}]},
        {"results": [{"result": "match"}, {"result": ["match"]}]},
        {"results": [{**STATUS, "result": "match"}, {**NAME, "result": "match"}]},
        {"results": [{**NAME, "result": "match"}, {**STATUS, "operator": "NE", "result": "match"}]},
        {"results": [{**NAME, "result": "match"}, {**STATUS, "aggregate": "COUNT", "result": "match"}]},
        {"results": [{**NAME, "values": ["李四"], "result": "match"}, {**STATUS, "result": "match"}]},
    ],
)
async def test_an_answer_that_is_not_one_to_the_claims_is_withheld(answer: dict[str, Any]) -> None:
    with pytest.raises(ExchangeError, match="results: sealed, but not to what was asked"):
        await Answered(ABOUT | answer).verify(BASIS, "identity.person", SUBJECT, CLAIMS)


async def test_an_answer_to_the_claims_is_given_back() -> None:
    client = Answered(ABOUT | {"results": [{**NAME, "result": "match"}, {**STATUS, "result": "unknown"}]})
    found = await client.verify(BASIS, "identity.person", SUBJECT, CLAIMS)
    assert [outcome.value for outcome in found.outcomes] == ["match", "unknown"]


ANOTHER = [
    {},
    {"subject": "11010519491231002X"},
    {"subject": {"kind": "citizen_id"}},
    {"subject": {"kind": "citizen_id", "identifier": "110105194912310011"}},
    {"subject": {"kind": "uscc", "identifier": SUBJECT.identifier}},
]


@pytest.mark.parametrize("about", ANOTHER)
async def test_an_answer_about_another_subject_is_withheld(about: dict[str, Any]) -> None:
    verified = Answered(about | {"results": [{**NAME, "result": "match"}]})
    with pytest.raises(ExchangeError, match="subject: sealed, but not to what was asked"):
        await verified.verify(BASIS, "identity.person", SUBJECT, CLAIMS[:1])
    queried = Answered(about | {"records": [{"name": "张三"}]})
    with pytest.raises(ExchangeError, match="subject: sealed, but not to what was asked"):
        await queried.query(BASIS, "identity.person", SUBJECT, ["name"])
    settled = Answered(about | {"dataset": "d", "results": [{**NAME, "result": "match"}]})
    with pytest.raises(ExchangeError, match="subject: sealed, but not to what was asked"):
        settled._requirement(requirement(resolution=pb.RESOLUTION_PROVEN), "", [SUBJECT])


def requirement(**said: Any) -> pb.Requirement:
    return pb.Requirement(id="identity", dataset="d", answered=pb.Answered(answer="x"), **said)


def test_why_a_requirement_is_unknown_is_read_from_its_evidence() -> None:
    doubt = {**NAME, "result": "unknown", "reason": "KEYS_UNREACHABLE"}
    client = Answered(ABOUT | {"dataset": "d", "results": [doubt]})
    told = requirement(resolution=pb.RESOLUTION_UNKNOWN, reason="NO_RECORD", reason_en="NO_RECORD")
    found = client._requirement(told, "", [SUBJECT])
    assert (found.reason, found.reason_en) == ("KEYS_UNREACHABLE", "KEYS_UNREACHABLE")


@pytest.mark.parametrize(
    "said",
    [
        {"records": [{"name": "张三", "region": "320505"}]},
        {"records": [{"name": "张三"}], "unreadable": [["region"]]},
        {"records": [{"name": "张三"}], "unreadable": [[], ["name"]]},
    ],
)
async def test_records_that_say_what_was_not_asked_are_withheld(said: dict[str, Any]) -> None:
    with pytest.raises(ExchangeError, match="records: sealed, but not to what was asked"):
        await Answered(ABOUT | said).query(BASIS, "identity.person", SUBJECT, ["name"])


@pytest.mark.parametrize("answer", [{}, {"records": None}, {"records": ["name"]}])
async def test_an_answer_without_records_is_withheld(answer: dict[str, Any]) -> None:
    with pytest.raises(ExchangeError, match="records: sealed, but not to what was asked"):
        await Answered(ABOUT | answer).query(BASIS, "identity.person", SUBJECT, ["name"])


A, B = "110105194912310011", "650102199406180284"


@pytest.mark.parametrize(
    "subjects",
    [
        None,
        [{"identifier": A, "results": ["match"]}],
        [{"identifier": A, "results": ["match"]}, {"identifier": B, "results": ["perhaps"]}],
        [{"identifier": A, "results": ["match"]}, {"results": ["match"]}],
        [{"identifier": A, "results": ["match"]}, {"identifier": A, "results": ["match"]}],
        [{"identifier": B, "results": ["match"]}, {"identifier": A, "results": ["match"]}],
        [{"identifier": A, "results": []}, {"identifier": B, "results": ["match"]}],
        [{"identifier": A, "results": ["match"]}, {"identifier": B, "results": ["match", "match"]}],
    ],
)
def test_a_chunks_answer_that_is_not_one_about_its_subjects_is_withheld(subjects: Any) -> None:
    client, chunk = Answered({"subjects": subjects}), Chunk("1", [A, B])
    with pytest.raises(ExchangeError, match="subjects: sealed, but not to what was asked"):
        client._chunk(pb.VerifyBatchResponse(), SubjectKind.CITIZEN_ID, chunk, "", 1)


def test_an_unknown_resolution_is_withheld() -> None:
    with pytest.raises(ExchangeError, match="resolution: sealed, but not to what was asked"):
        Answered({})._requirement(pb.Requirement(id="identity", resolution=99), "", [])


class Trusting(Client):
    """A client with a trust folder and without a connection."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stamp, self._last_look = folder, _stamp(folder), -100.0
        self.trust = TrustBundle.load(folder)


def _bundle(made: Made, keys: list[NoteKey], *revoked: int) -> TrustBundle:
    now = datetime.now(UTC)
    lists = [
        made.chain.root.revocation_list({}, 2, timedelta(days=30), now),
        made.chain.issuing.revocation_list(dict.fromkeys(revoked, now - timedelta(days=1)), 2, timedelta(days=30), now),
    ]
    return TrustBundle((made.chain.root.certificate,), tuple(lists), tuple(keys))


def test_an_answer_to_another_request_is_withheld(tmp_path: Path) -> None:
    made = Made()
    _bundle(made, [made.ledger.key]).save(tmp_path)
    client = Trusting(tmp_path)
    answered = pb.Answered(answer=made.answer, receipt=made.receipt)
    assert client.check(answered, "ab" * 32).checked.verdict is Verdict.VALID
    for digest in ("cd" * 32, "ab" * 31):
        with pytest.raises(EvidenceError, match="request"):
            client.check(answered, digest)


def test_an_answer_with_undisclosed_values_is_withheld(tmp_path: Path) -> None:
    made = Made()
    _bundle(made, [made.ledger.key]).save(tmp_path)
    cut = pb.Answered(answer=made.answer.partition("~")[0] + "~", receipt=made.receipt)
    with pytest.raises(EvidenceError, match="a value is not disclosed"):
        Trusting(tmp_path).check(cut, "ab" * 32)


def test_a_client_follows_its_trust_bundle_to_yes_and_to_no(tmp_path: Path) -> None:
    made = Made()
    answered = pb.Answered(answer=made.answer, receipt=made.receipt)
    _bundle(made, [NoteSigner("test/ledger", SUITES["EdDSA"].generate()).key]).save(tmp_path)
    client = Trusting(tmp_path)
    with pytest.raises(EvidenceError):
        client.check(answered, "ab" * 32)
    _bundle(made, [made.ledger.key]).save(tmp_path)
    client._last_look = -100.0
    assert client.check(answered, "ab" * 32).checked.verdict is Verdict.VALID
    _bundle(made, [made.ledger.key], made.certificate.serial_number).save(tmp_path)
    client._last_look = -100.0
    with pytest.raises(EvidenceError, match="revoked"):
        client.check(answered, "ab" * 32)
    (tmp_path / "root.pem").write_text("half a fi")  # it is being replaced: the previous bundle is kept
    client._last_look = -100.0
    with pytest.raises(EvidenceError, match="revoked"):
        client.check(answered, "ab" * 32)


class Batching(Answered):
    """A client that records whether the garbage collector is enabled while it checks a chunk."""

    seconds = 10.0

    def __init__(self) -> None:
        super().__init__({"subjects": []})
        self.collecting: list[bool] = []

    def stream(self, _path: str, shape: type[Any]) -> Any:
        """Return a stream that answers every request."""
        return _Stream(shape())

    def check(self, answered: pb.Answered, digest: str) -> Proof:
        """Return valid evidence."""
        self.collecting.append(gc.isenabled())
        return super().check(answered, digest)


class _Stream:
    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def write(self, _request: Message) -> None:
        """Accept any request."""

    async def read(self) -> Any:
        """Return the same answer every time."""
        return self._answer

    async def done_writing(self) -> None:
        """Do nothing."""

    def cancel(self) -> None:
        """Do nothing."""


async def test_a_chunk_with_fewer_values_than_identifiers_is_refused_by_field() -> None:
    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("one", ("1", "2"), [("张三",)])

    batch = Batching().verify_batch(BASIS, "d", SubjectKind.CITIZEN_ID, CLAIMS, chunks())
    with pytest.raises(ExchangeError, match="values: one for each identifier; a chunk has 2 and 1") as refused:
        await anext(batch)
    assert refused.value.field == "values"


@pytest.mark.parametrize("pause", [False, True])
async def test_the_collector_is_paused_only_for_a_program_that_asks(*, pause: bool) -> None:
    client = Batching()

    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("one", ())

    batch = client.verify_batch(BASIS, "d", SubjectKind.CITIZEN_ID, CLAIMS, chunks(), pause_gc=pause)
    assert [found.id async for found in batch] == ["one"]
    assert client.collecting == [not pause]
    assert gc.isenabled()
