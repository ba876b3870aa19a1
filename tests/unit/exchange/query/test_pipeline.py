"""A quota pays for what was answered, whatever becomes of the rest."""

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
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.query import pipeline as query
from exchange.query.access import Access, Permit
from exchange.query.answers import Sealed, Sealer
from exchange.query.pipeline import Answered, Exchange, Standing
from exchange.query.question import Question
from keys.notes import NoteSigner
from registry.basis import Basis
from registry.catalogue import FieldType
from registry.claims import Claim, Operator
from registry.connection import connect
from registry.database import Database
from registry.errors import LedgerError
from registry.identifiers import SubjectKind
from registry.ledger.leaf import Draft, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.loading import load
from registry.matters import Mode
from registry.quotas import Quotas
from registry.register import Register, read_register
from registry.registrar import Registrar
from tests.support.ledgers import pen
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
    """Records, or does not."""

    def __init__(self) -> None:
        self.works = True

    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """A receipt each."""
        if not self.works:
            raise LedgerError("ledger: not recorded")
        return ["receipt"] * len(drafts)


class _Source:
    def __init__(self) -> None:
        self.answer: Callable[[], Any] = self.good

    async def fetch(self, *_: Any) -> Fetched:
        """What it is told to do."""
        return await self.answer()  # type: ignore[no-any-return]

    async def good(self) -> Fetched:
        return Fetched({"11010519491231002X": [{"name": "张三"}]}, datetime.now(UTC))


@asynccontextmanager
async def exchange(url: str, signer: NoteSigner, folder: Path, source: _Source, book: _Book) -> AsyncIterator[Exchange]:
    """The query path over a grant for three subjects a day; sealing is left out."""
    database = Database(url)
    registrar = Registrar(database, pen(signer), "tester")
    for name, text in (("registers", REGISTERS), ("dataset", DATASET), ("matter", MATTER)):
        (folder / f"{name}.yaml").write_text(text)
        await load([folder / f"{name}.yaml"], registrar)
    await registrar.add_grants([grant(daily_quota=3)])
    connection = await connect(url)
    register = await read_register(connection)
    await connection.close()
    sources: Any = {"d": source}
    found = Exchange(book, Quotas(database), sources, Pseudonyms(b"k" * 32))
    found.standing = Standing(register, Access(register), Sealer(register, {}, b""))  # type: ignore[arg-type]
    yield found
    await found.drain()
    await database.close()


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.agencies import Agency, System

    requester = Requester(Agency(DESK, "审批局", "320500"), System("desk", DESK, "受理"))
    monkeypatch.setattr("exchange.acts.requester.Authenticator.authenticate", lambda *_: requester)
    sealed = Sealed("sealed", "ab" * 32)
    monkeypatch.setattr(Sealer, "seal", lambda *_: sealed)


def test_what_comes_to_nothing_costs_no_quota_and_what_was_answered_does(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    source, book = _Source(), _Book()

    async def hang() -> None:
        await asyncio.sleep(60)

    async def slow() -> None:
        raise SlowError("slow")

    async def break_down() -> None:
        raise RuntimeError("odd")

    async def run() -> None:
        async with exchange(url, note_signer, tmp_path, source, book) as node:
            for wrong, reason in ((slow, Reason.SOURCE_SLOW), (break_down, Reason.INTERNAL)):
                source.answer = wrong
                for _ in range(4):
                    refused = await node.ask(b"", QUESTION, 10)
                    assert isinstance(refused, Refusal)
                    assert refused.reason is reason
            source.answer = hang
            for _ in range(4):
                asking = asyncio.create_task(node.ask(b"", QUESTION, 10))
                await asyncio.sleep(0.05)
                asking.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asking
            source.answer, book.works = source.good, False
            assert isinstance(await node.ask(b"", QUESTION, 10), Refusal)
            book.works = True
            found = [await node.ask(b"", QUESTION, 10) for _ in range(4)]
            assert [isinstance(item, Answered) for item in found] == [True, True, True, False]
            assert isinstance(found[3], Refusal)
            assert found[3].reason is Reason.QUOTA_USED_UP

    asyncio.run(run())


def test_a_grant_that_ends_while_its_source_is_asked_gives_no_answer(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    source = _Source()

    async def run() -> None:
        async with exchange(url, note_signer, tmp_path, source, _Book()) as node:
            before = node.standing
            assert before is not None

            def becomes(register: Register) -> None:
                async def answer() -> Fetched:
                    node.standing = replace(before, register=register, access=Access(register))
                    return await source.good()

                source.answer, node.standing = answer, before

            [held] = before.register.grants["d"]
            for grants, reason in (
                ((), Reason.NO_GRANT), ((replace(held, clear_fields=("name",)),), Reason.GRANT_NOT_IN_FORCE),
                ((replace(held, valid_to=datetime.now(UTC)),), Reason.GRANT_NOT_IN_FORCE),
            ):  # fmt: skip
                becomes(replace(before.register, grants={"d": grants}))
                refused = await node.ask(b"", QUESTION, 10)
                assert isinstance(refused, Refusal)
                assert refused.reason is reason
            becomes(replace(before.register, grants={"d": (held,)}))
            assert isinstance(await node.ask(b"", QUESTION, 10), Answered)

    asyncio.run(run())


def test_what_no_message_can_hold_is_refused_and_not_recorded_as_answered(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, records = _Source(), [{"name": "张三"}] * (query.MAX_RECORDS + 1)

    async def many() -> Fetched:
        return Fetched({"11010519491231002X": records}, datetime.now(UTC))

    async def run() -> None:
        async with exchange(url, note_signer, tmp_path, source, _Book()) as node:
            asked = replace(QUESTION, mode=Mode.QUERY, claims=(), fields=("name",))
            permit = Permit(node.register.datasets["d"], (grant(),), "")
            monkeypatch.setattr(Access, "authorize", lambda *_: permit)
            source.answer = many
            refused = await node.ask(b"", asked, 10)
            assert isinstance(refused, Refusal)
            assert (refused.reason, refused.detail) == (
                Reason.ANSWER_TOO_LARGE, "d has more than 10000 records of this subject",
            )  # fmt: skip
            assert isinstance(await node.ask(b"", QUESTION, 10), Answered)  # that there is one can be told
            records.pop()
            assert isinstance(await node.ask(b"", asked, 10), Answered)
            monkeypatch.setattr(query, "MAX_SEALED", 5)
            refused = await node.ask(b"", asked, 10)
            assert isinstance(refused, Refusal)
            assert refused.reason is Reason.ANSWER_TOO_LARGE

    asyncio.run(run())


@pytest.mark.parametrize(
    "field", [{"type": FieldType.CODE, "codes": {"old": "旧"}}, {"type": FieldType.DATE}, {"name": "other"}]
)
def test_a_field_described_for_another_catalogue_is_not_answered(
    field: dict[str, Any], url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    source: Any = _Source()

    async def run() -> None:
        async with exchange(url, note_signer, tmp_path, source, _Book()) as node:
            [registered] = node.register.datasets.values()
            source.catalogue = replace(registered, fields=(replace(registered.fields[0], **field),))
            refused = await node.ask(b"", QUESTION, 10)
            assert isinstance(refused, Refusal)
            assert refused.reason is Reason.SOURCE_MALFORMED
            source.catalogue = registered
            node._agreeing.clear()
            assert isinstance(await node.ask(b"", QUESTION, 10), Answered)

    asyncio.run(run())
