"""Tests of the query path: quotas pay for released answers only."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import SlowError
from adapters.source import Fetched
from exchange.acts.authenticator import Caller
from exchange.acts.authorization import Authorizer
from exchange.acts.call import Call
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.acts.road import Road
from exchange.acts.state import NodeState
from exchange.pki.agency_seals import AgencySeals
from exchange.query import pipeline
from exchange.query.access import GRANTS, Granted
from exchange.query.answers import Sealed
from exchange.query.pipeline import Answered, Exchange
from exchange.query.question import Question
from keys.notes import NoteSigner
from registry.basis import Basis
from registry.catalogue import FieldType
from registry.claims import Claim, Operator
from registry.connection import connect
from registry.database import Database
from registry.errors import LedgerError, StorageError
from registry.grants import by_party
from registry.identifiers import SubjectKind
from registry.ledger.leaf import Draft, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.loading import load
from registry.matters import Mode
from registry.quotas import Quotas
from registry.reading import read_register
from registry.register import Register
from registry.registrar import Registrar
from tests.support.ledgers import appender
from tests.support.registers import DATASET, REGISTERS, grant

DESK = "113205000000140825"
MATTER = """
matters: [{id: m, name: 事项, name_en: Matter, agency: "113205000000140825", requirements: [
  {id: r, proof: 证, proof_en: Proof, legal_basis: 依据, demanded_by: x, issued_by: y, dataset: d, claims: [{field: name, operator: EXISTS}]}]}]
"""
QUESTION = Question(
    Mode.VERIFY, Basis("m", "c", "依据", "o"), "d", SubjectKind.CITIZEN_ID, ("11010519491231002X",),
    claims=(Claim("name", Operator.EXISTS),),
)  # fmt: skip


class _Book(Recorder):
    """Records entries, or fails."""

    def __init__(self) -> None:
        self.works = True

    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Return a receipt for each entry."""
        if not self.works:
            raise LedgerError("ledger: not recorded")
        return ["receipt"] * len(drafts)


class _Source:
    def __init__(self) -> None:
        self.answer: Callable[[], Any] = self.good

    async def fetch(self, *_: Any) -> Fetched:
        """Return or raise the given result."""
        return await self.answer()  # type: ignore[no-any-return]

    async def good(self) -> Fetched:
        return Fetched({"11010519491231002X": [{"name": "张三"}]}, datetime.now(UTC))


@asynccontextmanager
async def exchange(url: str, signer: NoteSigner, folder: Path, source: _Source, book: _Book) -> AsyncIterator[Exchange]:
    """Return a query path with a grant of three subjects a day, and without sealing."""
    database = Database(url)
    registrar = Registrar(database, appender(signer), "tester")
    for name, text in (("registers", REGISTERS), ("dataset", DATASET), ("matter", MATTER)):
        (folder / f"{name}.yaml").write_text(text)
        await load([folder / f"{name}.yaml"], registrar)
    await registrar.add_grants([grant(daily_quota=3)])
    connection = await connect(url)
    register = await read_register(connection)
    await connection.close()
    sources: Any = {"d": source}
    road = Road(book, Pseudonyms(b"k" * 32), 1e6)
    road.state = state_of(register)
    yield Exchange(road, Quotas(database), sources)
    await road.drain()
    await database.close()


def state_of(register: Register) -> NodeState:
    authorizer = Authorizer(register, {"Dataset": GRANTS})
    return NodeState(register, authorizer, AgencySeals(register, {}, b""))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.agencies import Agency, System

    requester = Requester(Agency(DESK, "审批局", "320500"), System("desk", DESK, "受理"))
    monkeypatch.setattr("exchange.acts.authenticator.Authenticator.identify", lambda *_: Caller("desk", requester))
    sealed = Sealed("sealed", "ab" * 32)
    monkeypatch.setattr(pipeline, "seal_answer", lambda *_: sealed)


async def test_only_answered_questions_cost_quota(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    source, book = _Source(), _Book()

    async def hang() -> None:
        await asyncio.sleep(60)

    async def slow() -> None:
        raise SlowError("slow")

    async def break_down() -> None:
        raise RuntimeError("odd")

    async with exchange(url, note_signer, tmp_path, source, book) as node:
        for wrong, reason in ((slow, Reason.SOURCE_SLOW), (break_down, Reason.INTERNAL)):
            source.answer = wrong
            for _ in range(4):
                refused = await node.ask(Call("Verify", b"", 10.0), QUESTION)
                assert isinstance(refused, Refusal)
                assert refused.reason is reason
        source.answer = hang
        for _ in range(4):
            asking = asyncio.create_task(node.ask(Call("Verify", b"", 10.0), QUESTION))
            await asyncio.sleep(0.05)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        source.answer, book.works = source.good, False
        assert isinstance(await node.ask(Call("Verify", b"", 10.0), QUESTION), Refusal)
        book.works = True
        found = [await node.ask(Call("Verify", b"", 10.0), QUESTION) for _ in range(4)]
        assert [isinstance(item, Answered) for item in found] == [True, True, True, False]
        assert isinstance(found[3], Refusal)
        assert found[3].reason is Reason.QUOTA_USED_UP


async def test_an_answer_shows_what_the_grant_gives_that_pays_for_it(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[str, ...]] = []

    def seal(_seals: object, _requester: object, _question: object, granted: Granted, _result: object) -> Sealed:
        shown.append(granted.policies)
        return Sealed("sealed", "ab" * 32)

    monkeypatch.setattr(pipeline, "seal_answer", seal)
    one, two = grant(daily_quota=1), grant(id="h", daily_quota=1, clear_fields=("name",))
    free = grant(id="free")
    async with exchange(url, note_signer, tmp_path, _Source(), _Book()) as node:
        assert isinstance(node.road.state, NodeState)
        register = node.road.state.register
        database = Database(url)
        await Registrar(database, appender(note_signer), "tester").add_grants([two])  # a quota is of a grant on record
        await database.close()
        for grants in ((one, two), (one, two), (one, free)):
            node.road.state = state_of(replace(register, grants=by_party(grants)))
            assert isinstance(await node.ask(Call("Verify", b"", 10.0), QUESTION), Answered)
    assert shown == [("grant:g",), ("grant:h",), ("grant:free",)]


async def test_a_grant_that_ends_while_its_source_is_asked_gives_no_answer(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    source = _Source()

    async with exchange(url, note_signer, tmp_path, source, _Book()) as node:
        before = node.road.state
        assert isinstance(before, NodeState)

        def becomes(register: Register) -> None:
            async def answer() -> Fetched:
                node.road.state = state_of(register)
                return await source.good()

            source.answer, node.road.state = answer, before

        [held] = before.register.grants["d", DESK]
        for grants, reason in (
            ((), Reason.NO_GRANT), ((replace(held, clear_fields=("name",)),), Reason.GRANT_NOT_IN_FORCE),
            ((replace(held, valid_to=datetime.now(UTC)),), Reason.GRANT_NOT_IN_FORCE),
        ):  # fmt: skip
            becomes(replace(before.register, grants=by_party(grants)))
            refused = await node.ask(Call("Verify", b"", 10.0), QUESTION)
            assert isinstance(refused, Refusal)
            assert refused.reason is reason
        becomes(replace(before.register, grants=by_party([held])))
        assert isinstance(await node.ask(Call("Verify", b"", 10.0), QUESTION), Answered)


async def test_an_answer_too_large_for_a_message_is_refused_and_recorded_so(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, records = _Source(), [{"name": "张三"}] * (pipeline.MAX_RECORDS + 1)

    async def many() -> Fetched:
        return Fetched({"11010519491231002X": records}, datetime.now(UTC))

    async with exchange(url, note_signer, tmp_path, source, _Book()) as node:
        asked = replace(QUESTION, mode=Mode.QUERY, claims=(), fields=("name",))
        assert isinstance(node.road.state, NodeState)
        register = node.road.state.register
        granted = grant(modes=(Mode.VERIFY, Mode.QUERY))
        node.road.state = state_of(replace(register, grants=by_party([granted])))
        source.answer = many
        refused = await node.ask(Call("Verify", b"", 10.0), asked)
        assert isinstance(refused, Refusal)
        assert (refused.reason, refused.detail) == (
            Reason.ANSWER_TOO_LARGE, "d has more than 10000 records of this subject",
        )  # fmt: skip
        assert isinstance(
            await node.ask(Call("Verify", b"", 10.0), QUESTION), Answered
        )  # a verification with more records is answered
        records.pop()
        assert isinstance(await node.ask(Call("Verify", b"", 10.0), asked), Answered)
        monkeypatch.setattr(pipeline, "MAX_SEALED", 5)
        refused = await node.ask(Call("Verify", b"", 10.0), asked)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.ANSWER_TOO_LARGE


@pytest.mark.parametrize(
    "field", [{"type": FieldType.CODE, "codes": {"old": "旧"}}, {"type": FieldType.DATE}, {"name": "other"}]
)
async def test_a_field_described_for_another_catalogue_is_not_answered(
    field: dict[str, Any], url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    source: Any = _Source()

    async with exchange(url, note_signer, tmp_path, source, _Book()) as node:
        assert isinstance(node.road.state, NodeState)
        [registered] = node.road.state.register.datasets.values()
        source.catalogue = replace(registered, fields=(replace(registered.fields[0], **field),))
        refused = await node.ask(Call("Verify", b"", 10.0), QUESTION)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.SOURCE_MALFORMED
        source.catalogue = registered
        node._agreeing.clear()
        assert isinstance(await node.ask(Call("Verify", b"", 10.0), QUESTION), Answered)


async def test_a_failure_before_the_work_is_on_the_record_too(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, written = _Book(), list[bytes]()

    async def write(drafts: Sequence[Draft]) -> list[str]:
        written.extend(draft.data for draft in drafts)
        return ["receipt"] * len(drafts)

    def broken(*_: object) -> None:
        raise RuntimeError("odd")

    async with exchange(url, note_signer, tmp_path, _Source(), book) as node:
        monkeypatch.setattr(book, "write", write)
        monkeypatch.setattr(Authorizer, "decide", broken)
        refused = await node.ask(Call("Verify", b"", 10.0), QUESTION)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.INTERNAL
        assert [b'"reason":"INTERNAL"' in data for data in written] == [True]


async def test_a_quota_that_cannot_be_counted_is_not_taken_for_free(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StorageError("registry: the database does not answer")

    async with exchange(url, note_signer, tmp_path, _Source(), _Book()) as node:
        monkeypatch.setattr(Quotas, "take", away)
        refused = await node.ask(Call("Verify", b"", 10.0), QUESTION)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.REGISTER_IN_DOUBT


async def test_without_a_source_or_a_seal_there_is_no_answer(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange(url, note_signer, tmp_path, _Source(), _Book()) as node:
        missing = Refusal(Reason.SEAL_UNAVAILABLE, "no seal")
        monkeypatch.setattr(pipeline, "seal_answer", lambda *_: missing)
        assert await node.ask(Call("Verify", b"", 10.0), QUESTION) == missing
        monkeypatch.setattr(node, "_sources", {})
        refused = await node.ask(Call("Verify", b"", 10.0), QUESTION)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.SOURCE_UNAVAILABLE
